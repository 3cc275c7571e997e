/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Toy worlds: a few pods and policies, made at random from words that meet
 * often, in plain structs that say what the manifests say and no more.  Every
 * list remembers whether it was written at all, because `[]` and absent differ
 * (semantics.md 3.3).  Strings are constants or live in the arena.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/vec.h"

/* A list as written; VEC_FOREACH and vec_push work on it. */
#define TOY_LIST(T)            \
	struct {               \
		T *v;          \
		size_t n, cap; \
		bool present;  \
	}

enum toy_dir {
	TOY_INGRESS,
	TOY_EGRESS,
};

enum toy_enforcement {
	TOY_DEFAULT,
	TOY_ALWAYS,
	TOY_NEVER,
};

enum toy_op {
	TOY_IN,
	TOY_NOT_IN,
	TOY_EXISTS,
	TOY_NOT_EXISTS,
};

struct toy_label {
	const char *key, *value;
};

struct toy_expr {
	const char *key;
	enum toy_op op;
	VEC(const char *) values;
};

struct toy_selector {
	VEC(struct toy_label) labels;
	VEC(struct toy_expr) exprs;
};

/* Host bits may be set, as in 10.1.2.3/8. */
struct toy_prefix {
	bool v6;
	uint8_t addr[16]; /* an IPv4 address lies in the first four */
	unsigned bits;
};

struct toy_cidr_rule {
	struct toy_prefix cidr;
	TOY_LIST(struct toy_prefix) except;
};

struct toy_port {
	const char *port;
	int end;              /* -1: left out */
	const char *protocol; /* NULL: left out */
};

struct toy_port_rule {
	TOY_LIST(struct toy_port) ports;
};

struct toy_icmp {
	const char *family; /* NULL: left out */
	const char *type;   /* as written: 8, "8", EchoRequest */
};

struct toy_icmp_rule {
	TOY_LIST(struct toy_icmp) fields;
};

/* One item of ingress, ingressDeny, egress or egressDeny. */
struct toy_element {
	TOY_LIST(struct toy_selector) endpoints;
	TOY_LIST(const char *) entities;
	TOY_LIST(struct toy_prefix) cidrs;
	TOY_LIST(struct toy_cidr_rule) cidr_sets;
	const char *empty; /* NULL, or an unmodelled list: `toFQDNs: []` */
	TOY_LIST(struct toy_port_rule) ports;
	TOY_LIST(struct toy_icmp_rule) icmps;
};

struct toy_side {
	TOY_LIST(struct toy_element) allow, deny;
	const char *default_deny; /* of enableDefaultDeny; NULL: left out */
};

struct toy_rule {
	struct toy_selector subject;
	struct toy_side side[2]; /* by enum toy_dir */
};

struct toy_policy {
	const char *name;
	const char *ns;                  /* NULL: clusterwide */
	TOY_LIST(struct toy_rule) spec;  /* at most one */
	TOY_LIST(struct toy_rule) specs; /* behind it */
};

struct toy_namespace {
	const char *name;
	VEC(struct toy_label) labels;
};

struct toy_pod {
	const char *ns, *name;
	const char *account; /* serviceAccountName; NULL: left out */
	VEC(struct toy_label) labels;
	VEC(struct toy_prefix) ips; /* whole addresses */
	bool host_network;          /* then no ips: no endpoint */
};

struct toy {
	bool ipv4, ipv6;
	bool allow_localhost;
	enum toy_enforcement enforcement;
	const char *cluster_name;
	VEC(struct toy_namespace) namespaces;
	VEC(struct toy_pod) pods;
	VEC(struct toy_policy) policies;
};

/* The world of a seed: the same one on every machine. */
void toy_generate(struct toy *t, struct arena *a, uint64_t seed);

/* The manifests, behind a comment with the options. */
void toy_print(struct buf *out, const struct toy *t);

/*
 * A copy of T with all lists in another order that should mean the same:
 * namespaces, pods, policies, rules, elements, peers, ports, labels.
 */
void toy_shuffle(struct toy *ret, struct arena *a, const struct toy *t,
    uint64_t seed);

/*
 * Makes T smaller, in place, as long as FAILS says that it still fails: drops
 * items of every list, one by one, until none can go.
 */
void toy_shrink(struct toy *t, bool (*fails)(const struct toy *t, void *arg),
    void *arg);

/* Whether INNER lies in or equals OUTER; host bits do not count. */
bool toy_contains(const struct toy_prefix *outer,
    const struct toy_prefix *inner);

/* The prefix as text, without its host bits if MASKED. */
const char *toy_prefix_print(struct arena *a, const struct toy_prefix *p,
    bool masked);
