/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Sets of actors (change/actors.h) and of ports in words.  What comes from
 * input is made safe to show.  Private to report/.
 */

#include "base/buf.h"
#include "base/json.h"
#include "change/actors.h"
#include "pmap/compare.h"

struct actor_names {
	const struct actors *all;
	const cell_vec *protos; /* told apart */
	struct arena *arena, *scratch;
	bool all_names; /* however many there are */
	bool workloads; /* in place of their pods */
};

/* Names, of which a few are shown and the rest is counted. */
struct names_list {
	struct buf *out;
	bool all; /* show them all */
	size_t n;
};

void names_list_add(struct names_list *l, const char *name);
void names_list_end(const struct names_list *l);

const char *names_safe(const struct actor_names *names, struct str text);

/* "shop/web-0", "node/worker-1". */
const char *names_pod(const struct actor_names *names,
    const struct endpoint *e);

/* One who is an actor: a pod, an address, a label. */
const char *names_end(const struct actor_names *names, uint32_t actor);

/* The label of an actor that is neither pods nor outside; "" for others. */
struct str names_label(const struct actor_names *names, const struct actor *x);

/* "shop/web-0, data/db-0, world"; all of a namespace by its name and a star. */
void names_put_set(struct buf *out, const struct actor_names *names,
    const struct bitset *set);

/* "443/tcp, 8000-8080/tcp, udp"; "every port but 80/tcp". */
void names_put_ports(struct buf *out, const struct actor_names *names,
    const struct cell *ports, size_t nports);

/* The object of a set: pods, addresses and entities. */
void names_json_set(struct json *out, const struct actor_names *names,
    const struct bitset *set);

/* The array of ports. */
void names_json_ports(struct json *out, const struct actor_names *names,
    const struct cell *ports, size_t nports);

/* Adds each pod to an array. */
void names_json_pods(struct json *out, const struct actor_names *names,
    const struct actor *x);
