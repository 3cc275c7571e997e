/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How toy worlds are made: dice, words, and what several kinds of objects
 * share.  The vocabulary is small on purpose: selectors should often select
 * somebody, ports overlap, and prefixes nest.
 */

#include "base/str.h"
#include "world.h"

struct gen {
	struct arena *arena;
	struct str choices; /* a byte each; taken first */
	uint64_t state;     /* of random numbers, once these are gone */
	struct toy *toy;
	bool auth; /* some rules ask for authentication */
	bool tls;  /* server names come with a certificate */
};

/* A label key with the values that pods give it and selectors ask for. */
struct word {
	const char *key;
	const char *values[4];
};

#define PICK(g, table) \
	((table)[gen_below((g), sizeof(table) / sizeof((table)[0]))])

/* The next choice among N. */
uint32_t gen_below(struct gen *g, uint32_t n);

/* LOW to HIGH, both included. */
uint32_t gen_between(struct gen *g, uint32_t low, uint32_t high);
bool gen_percent(struct gen *g, uint32_t n);

const struct word *gen_namespace_word(struct gen *g);
const struct word *gen_pod_word(struct gen *g);
const char *gen_value(struct gen *g, const struct word *w);
const char *gen_namespace(struct gen *g);

/* A selector over the words that WORD gives, keys as they are. */
struct toy_selector gen_plain_selector(struct gen *g,
    const struct word *(*word)(struct gen *g));

struct toy_prefix gen_address(const char *text);
struct toy_prefix gen_prefix(struct gen *g);

/* Up to six prefixes inside R's, which are longer if STRICT. */
void gen_except(struct gen *g, struct toy_cidr_rule *r, bool strict);

/* A number as text; "0" and odd spellings only if ODD. */
const char *gen_port(struct gen *g, bool odd);
const char *gen_port_name(struct gen *g);

/* At or after the first port. */
int gen_end(struct gen *g, int first);

/* world_cluster.c: settings, and who is there besides the pods */
void gen_settings(struct gen *g);
void gen_identities(struct gen *g);
void gen_nodes(struct gen *g);
struct toy_selector gen_node_selector(struct gen *g);

/* world_cilium.c, world_kubernetes.c */
struct toy_policy gen_policy(struct gen *g, uint32_t number);
struct toy_network_policy gen_network_policy(struct gen *g, uint32_t number);
struct toy_cluster_policy gen_cluster_policy(struct gen *g, uint32_t number);
