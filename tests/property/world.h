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
#include "base/str.h"
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

/* A setting whose default depends on the version. */
enum toy_switch {
	TOY_BY_VERSION,
	TOY_OFF,
	TOY_ON,
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

enum toy_cidr_kind {
	TOY_CIDR,
	TOY_GROUP_REF,
	TOY_GROUP_SELECTOR,
};

struct toy_cidr_rule {
	enum toy_cidr_kind kind;
	struct toy_prefix cidr;        /* of TOY_CIDR */
	const char *group;             /* of TOY_GROUP_REF */
	struct toy_selector by_labels; /* of TOY_GROUP_SELECTOR */
	TOY_LIST(struct toy_prefix) except;
};

/* Of toFQDNs and of DNS rules; a name with a star is a matchPattern. */
struct toy_fqdn {
	const char *text;
};

/* An item of toServices. */
struct toy_service_ref {
	const char *name;             /* NULL: by labels */
	struct toy_selector selector; /* if so */
	const char *ns;               /* NULL: left out */
};

/* An Envoy listener. */
struct toy_listener {
	const char *kind;  /* NULL: left out */
	const char *name;  /* of configuration and listener */
	unsigned priority; /* 0: left out */
};

struct toy_port {
	const char *port;     /* a number, as written, or a name */
	int end;              /* -1: left out */
	const char *protocol; /* NULL: left out */
};

struct toy_port_rule {
	TOY_LIST(struct toy_port) ports;
	TOY_LIST(const char *) http;   /* paths; NULL: an item `{}` */
	TOY_LIST(struct toy_fqdn) dns; /* only one of the two is written */
	TOY_LIST(const char *) server_names;
	const char *secret; /* of terminatingTLS; NULL: left out */
	bool listens;
	struct toy_listener listener; /* if so */
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
	TOY_LIST(struct toy_selector) nodes;
	TOY_LIST(struct toy_prefix) cidrs;
	TOY_LIST(struct toy_cidr_rule) cidr_sets;
	TOY_LIST(struct toy_fqdn) fqdns;
	TOY_LIST(struct toy_service_ref) services;
	bool groups;      /* `toGroups: []` */
	const char *auth; /* NULL: left out */
	TOY_LIST(struct toy_port_rule) ports;
	TOY_LIST(struct toy_icmp_rule) icmps;
};

struct toy_direction {
	TOY_LIST(struct toy_element) allow, deny;
	const char *default_deny; /* of enableDefaultDeny; NULL: left out */
};

struct toy_rule {
	bool of_nodes; /* a nodeSelector, else an endpointSelector */
	struct toy_selector subject;
	struct toy_direction direction[2]; /* by enum toy_dir */
};

struct toy_policy {
	const char *name;
	const char *ns;                  /* NULL: clusterwide */
	TOY_LIST(struct toy_rule) spec;  /* at most one */
	TOY_LIST(struct toy_rule) specs; /* after it */
};

/* NetworkPolicy. */

struct toy_np_peer {
	bool by_pods, by_namespaces; /* neither: ipBlock */
	struct toy_selector pods, namespaces;
	struct toy_cidr_rule block;
};

struct toy_np_port {
	const char *port;     /* NULL: left out */
	int end;              /* -1: left out */
	const char *protocol; /* NULL: left out */
};

struct toy_np_rule {
	TOY_LIST(struct toy_np_peer) peers;
	TOY_LIST(struct toy_np_port) ports;
};

struct toy_network_policy {
	const char *name, *ns;
	struct toy_selector subject;
	TOY_LIST(const char *) types;
	TOY_LIST(struct toy_np_rule) rules[2]; /* by enum toy_dir */
};

/* ClusterNetworkPolicy: the order of its rules is their priority. */

struct toy_cluster_peer {
	TOY_LIST(struct toy_prefix) networks; /* else: */
	bool by_nodes;
	struct toy_selector nodes; /* if so, else: */
	bool by_pods;
	struct toy_selector pods;
	struct toy_selector namespaces; /* alone, or of the pods */
};

struct toy_protocol {
	const char *name;     /* of the port; or: */
	const char *protocol; /* tcp, udp, sctp */
	unsigned port, end;   /* 0: left out */
};

struct toy_cluster_rule {
	const char *action;
	VEC(struct toy_cluster_peer) peers;
	TOY_LIST(struct toy_protocol) protocols;
};

struct toy_cluster_policy {
	const char *name, *tier;
	unsigned priority;
	struct toy_cluster_peer subject;            /* pods or namespaces */
	TOY_LIST(struct toy_cluster_rule) rules[2]; /* by enum toy_dir */
};

/* The cluster. */

struct toy_cidr_group {
	const char *name;
	VEC(struct toy_label) labels;
	VEC(struct toy_prefix) cidrs;
};

struct toy_service {
	const char *ns, *name;
	VEC(struct toy_label) labels;
	VEC(struct toy_label) selector;  /* none: only backends */
	VEC(struct toy_prefix) backends; /* whole addresses */
};

/* What DNS has said of a name. */
struct toy_answer {
	const char *name;
	VEC(struct toy_prefix) ips; /* whole addresses */
};

struct toy_pod_port {
	const char *name;
	unsigned number;
	const char *protocol; /* NULL: left out */
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
	VEC(struct toy_pod_port)
	ports;             /* in order: the last of a name counts */
	bool host_network; /* then no ips: no endpoint */
};

struct toy_node {
	const char *name;
	bool cilium; /* a CiliumNode, else a Node */
	VEC(struct toy_label) labels;
	VEC(struct toy_prefix) ips; /* whole addresses, of no other node */
};

/* Pods that this cluster does not show, mostly another cluster's. */
struct toy_identity {
	unsigned number;
	VEC(struct toy_label) labels; /* of source k8s */
};

struct toy {
	bool ipv4, ipv6;
	bool allow_localhost;
	bool clusterwide; /* cluster-wide rules decide first */
	unsigned cilium;  /* version; 0: the newest */
	enum toy_enforcement enforcement;
	const char *cluster_name;
	enum toy_switch local_cluster; /* peers are of this cluster */
	bool node_labels;              /* nodes have identities by labels */
	bool host_firewall;            /* nodes have policies */
	bool cidr_nodes, cidr_pods;    /* CIDR rules are for these as well */
	const char *local_node;        /* NULL: the agent's node is not said */
	VEC(struct toy_namespace) namespaces;
	VEC(struct toy_pod) pods;
	VEC(struct toy_identity) identities; /* distinct numbers */
	VEC(struct toy_node) nodes;
	VEC(struct toy_cidr_group) groups;
	VEC(struct toy_service) services;
	VEC(struct toy_answer) answers;
	VEC(struct toy_policy) policies;
	VEC(struct toy_network_policy) network_policies;
	VEC(struct toy_cluster_policy) cluster_policies;
};

/* The world of a seed: the same one on every machine. */
void toy_generate(struct toy *t, struct arena *a, uint64_t seed);

/* The world of CHOICES, a byte each; those of SEED once they are gone. */
void toy_generate_from(struct toy *t, struct arena *a, struct str choices,
    uint64_t seed);

/* The manifests, after a comment with the options. */
void toy_print(struct buf *out, const struct toy *t);

/*
 * A copy of T with all lists in another order that should mean the same:
 * namespaces, pods, policies, rules, elements, peers, ports, labels.
 */
void toy_shuffle(struct toy *ret, struct arena *a, const struct toy *t,
    uint64_t seed);

/* A copy of T without one item of one list, if any can go. */
void toy_edit(struct toy *ret, struct arena *a, const struct toy *t,
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
