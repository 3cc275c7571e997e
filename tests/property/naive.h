/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The oracle: what Cilium decides in a toy world, written down rule by rule
 * from the text (semantics.md 3.2, 3.3, 4, 5.3, 6.1 to 6.3, 8, 9, 11.6) with
 * no thought for speed.  It shares no code with what it is compared with, and
 * knows only what the manifests say.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/vec.h"
#include "world.h"

enum naive_verdict {
	NAIVE_ALLOW,
	NAIVE_DENY,     /* by a deny rule: 181 */
	NAIVE_NO_MATCH, /* by default: 133 */
};

struct naive_label {
	const char *source, *key, *value;
	const struct toy_prefix *prefix; /* of source cidr, else NULL */
};

struct naive_identity {
	const char *text; /* "k8s:app=web;k8s:tier", in byte order */
	VEC(struct naive_label) labels;
};

/* One requirement on a label set. */
struct naive_req {
	const char *source; /* "any" is every source */
	const char *key;
	enum toy_op op;
	const char *const *values;
	size_t nvalues;
	const struct toy_prefix *prefix; /* of source cidr, else NULL */
};

/* All of them must hold; none of them is everybody. */
struct naive_selector {
	VEC(struct naive_req) reqs;
};

struct naive_port {
	uint8_t proto; /* 0: every protocol */
	unsigned first, last;
};

/* 8: one element as an internal policy entry. */
struct naive_entry {
	bool clusterwide;
	bool deny;
	bool default_deny;
	enum toy_dir dir;
	struct naive_selector subject;
	VEC(struct naive_selector) peers;
	VEC(struct naive_port) ports;
};

struct naive {
	struct arena *arena;
	const struct toy *toy;
	bool clusterwide; /* cluster-wide rules decide first */
	VEC(struct naive_identity) identities; /* distinct; reserved first */
	VEC(struct naive_entry) entries;
};

/* A subject and a peer, all that is known before the port. */
struct naive_pair {
	const struct naive *naive;
	bool enforced, default_deny;
	bool localhost; /* the peer is the host, which may always come in */
	VEC(const struct naive_entry *) matching;
};

/* T must outlive N. */
void naive_build(struct naive *n, struct arena *a, const struct toy *t,
    bool clusterwide);

/* 2: whether API server and agent take the object. */
bool naive_accepts(const struct toy_policy *p);

/* Indices into identities. */
size_t naive_of_pod(const struct naive *n, const struct toy_pod *p);
size_t naive_of_address(const struct naive *n, const struct toy_prefix *addr);

void naive_pair(struct naive_pair *p, const struct naive *n, size_t subject,
    enum toy_dir dir, size_t peer);
enum naive_verdict naive_decide(const struct naive_pair *p, uint8_t proto,
    uint16_t port);
