/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The oracle: what Cilium decides in a toy world, written down rule by rule
 * from the text (semantics.md 2, 3, 4, 5, 6, 7, 8, 9, 10, 11.4, 11.6,
 * 11.8, 11.10)
 * with no thought for speed.  It shares no code with what it is compared with,
 * and knows only what the manifests say.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/vec.h"
#include "world.h"

enum naive_verdict {
	NAIVE_ALLOW,
	NAIVE_REDIRECT,
	NAIVE_DENY,     /* by a deny rule: 181 */
	NAIVE_NO_MATCH, /* by default: 133 */
	NAIVE_AUTH,     /* until authenticated: 189 */
};

struct naive_answer {
	enum naive_verdict verdict;
	const char *redirect; /* "http"; "" for none, also of NAIVE_AUTH */
	bool tied;            /* another redirect is as strong */
	uint8_t auth;         /* type of NAIVE_AUTH */
	bool auth_open;       /* the text leaves it open (semantics.md 11.4) */
};

struct naive_label {
	const char *source, *key, *value;
	const struct toy_prefix *prefix; /* of source cidr, else NULL */
};

struct naive_identity {
	const char *text; /* "k8s:app=web;k8s:tier", in byte order */
	VEC(struct naive_label) labels;
	unsigned number; /* where an object says it, else 0 */
	const struct naive_identity *aggregate; /* NULL: it has none */
	const struct naive_identity *both;      /* what is for it is for this */
};

/* One requirement on a label set. */
struct naive_req {
	const char *source; /* "any" is every source */
	const char *key;
	enum toy_op op;
	bool equals; /* of matchLabels: TOY_IN in other words */
	bool by_key; /* values are in the keys of labels */
	const char *const *values;
	size_t nvalues;
	const struct toy_prefix *prefix; /* of source cidr, else NULL */
	bool candidate, nodes, pods; /* CIDR rules are for it, or for these */
	const char *or_reserved;     /* or else this label, beside prefix */
};

/* All of them must hold; none of them is everybody. */
struct naive_selector {
	const char *text; /* equal selectors have equal texts */
	VEC(struct naive_req) reqs;
};

enum naive_parser {
	NAIVE_NONE,
	NAIVE_TLS,
	NAIVE_HTTP,
	NAIVE_DNS,
	NAIVE_CRD,
};

/* What a port rule demands above L4 (semantics.md 10.5). */
struct naive_l7 {
	enum naive_parser parser;
	unsigned priority;    /* of the listener; lower is stronger */
	const char *listener; /* of NAIVE_CRD: kind and name */
	bool by_namespace;    /* it lies in the subject's namespace, */
	bool by_kind;         /* as its kind, which is written, says */
	bool rules, server_names;
	const char *secret; /* of terminatingTLS, or NULL */
};

struct naive_port {
	uint8_t proto;    /* 0: every protocol */
	const char *name; /* NULL: a number */
	unsigned port;    /* as in the rule; 0 with no name: every port */
	unsigned end;     /* as in the rule, 0 when it says nothing */
	struct naive_l7 l7;
};

enum naive_action {
	NAIVE_ACCEPT,
	NAIVE_REFUSE,
	NAIVE_PASS,
};

enum naive_mode {
	NAIVE_AUTH_UNSET = -1,
	NAIVE_AUTH_DISABLED,
	NAIVE_AUTH_REQUIRED,
	NAIVE_AUTH_FAIL,
};

/* 8: one internal policy entry. */
struct naive_entry {
	const char *resource; /* what the agent sorts rules by */
	size_t index;         /* in the input */
	unsigned tier;
	unsigned priority; /* in hundredths */
	size_t level;      /* how many entries are decided before it */
	enum naive_action action;
	bool default_deny;
	enum toy_dir dir;
	enum naive_mode auth;
	bool of_nodes; /* the subject is of these */
	struct naive_selector subject;
	VEC(struct naive_selector) peers;
	VEC(struct naive_port) ports;
};

/* semantics.md 6.1: a prefix of the ipcache. */
struct naive_prefix {
	struct toy_prefix prefix;
	VEC(struct naive_label) own;
	size_t ident;                  /* index into identities */
	struct naive_identity of_host; /* what it adds to the host's labels */
};

struct naive {
	struct arena *arena;
	const struct toy *toy;
	VEC(struct naive_identity) identities; /* distinct; reserved first */
	VEC(struct naive_prefix) prefixes;     /* distinct */
	VEC(const char *) fqdns;               /* texts of selectors */
	VEC(struct naive_entry) entries;
};

/* One port and one selector of one entry, for one subject. */
struct naive_contribution {
	const struct naive_entry *entry;
	const struct naive_port *port;
	const struct naive_selector *selector;
	bool of_peer;         /* the port's name has the peer's number */
	bool resolved;        /* the port's name, if it has one */
	unsigned first, last; /* ports, if so */
};

/* The contributions of one selector in one filter, merged (semantics.md 10.5).
 */
struct naive_merged {
	const struct naive_contribution *first;
	struct naive_l7 l7;
	enum naive_mode auth;
	bool conflict; /* semantics.md 2.7: they cannot be merged */
};

/* A subject in a direction. */
struct naive_direction {
	const struct naive *naive;
	const char *ns;
	enum toy_dir dir;
	bool of_node;
	bool enforced, default_deny;
	bool has_entries, has_pass, has_auth;
	bool has_peer_ports; /* port names have numbers by peer */
	bool broken;         /* by a conflict */
	VEC(struct naive_contribution) contributions;
	VEC(struct naive_merged) merged;
};

struct naive_map;

#define NAIVE_ORDERS 4

/* A subject and a peer, all that is known before the port. */
struct naive_pair {
	const struct naive_direction *direction;
	const struct naive_identity *peer;
	bool localhost; /* the peer is the host, which may always come in */
	VEC(const struct naive_contribution *) matching;
	/* By the order of what may come in any, if somebody asks for
	 * authentication, else NULL. */
	const struct naive_map *map[NAIVE_ORDERS];
};

/* T must outlive N. */
void naive_build(struct naive *n, struct arena *a, const struct toy *t);

/* 2: whether API server and agent take the object. */
bool naive_accepts(const struct toy *t, const struct toy_policy *p);
bool naive_accepts_network(const struct toy *t,
    const struct toy_network_policy *p);
bool naive_accepts_cluster(const struct toy *t,
    const struct toy_cluster_policy *p);

/* Indices into identities. */
size_t naive_of_pod(const struct naive *n, const struct toy_pod *p);
size_t naive_of_address(const struct naive *n, const struct toy_prefix *addr);

void naive_direction(struct naive_direction *s, const struct naive *n,
    const struct toy_pod *subject, enum toy_dir dir);

/* The same of a node, which has the host firewall. */
void naive_node_direction(struct naive_direction *s, const struct naive *n,
    const struct toy_node *subject, enum toy_dir dir);
void naive_pair(struct naive_pair *p, const struct naive_direction *s,
    size_t peer);
struct naive_answer naive_decide(const struct naive_pair *p, uint8_t proto,
    uint16_t port);
