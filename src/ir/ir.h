/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The normal form that every policy kind is lowered to: a flat list of rules,
 * each the cross product of a peer list and a port list, under a tier, a
 * priority and a verdict.  All of Cilium's shorthand is gone here: scoping is
 * spelled out in the selectors, entities are selectors, ANY is three
 * protocols, and a rule that selects nothing has no peers or no ports but
 * is still there, because it may switch its direction to default deny.
 *
 * Source: semantics.md 3, 4, 8.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/atom.h"
#include "base/cidr.h"
#include "base/map.h"
#include "base/vec.h"
#include "cilium/direction.h"
#include "cilium/version.h"
#include "diag/diag.h"
#include "lang/selector.h"
#include "schema/object.h"

enum ir_verdict {
	IR_ALLOW,
	IR_DENY,
	IR_PASS,
};

/* Lower decides first.  Only the clusterwide model uses tier 150. */
enum ir_tier {
	IR_TIER_ADMIN = 100,
	IR_TIER_CLUSTERWIDE = 150,
	IR_TIER_NORMAL = 200,
	IR_TIER_BASELINE = 250,
	IR_TIER_DEFAULT = 255, /* the rules that pmap appends itself */
};

enum ir_model {
	IR_MODEL_CLUSTERWIDE, /* CCNP in a tier above CNP: our default */
	IR_MODEL_CILIUM,      /* one tier, as an unmodified agent */
};

enum ir_op {
	IR_EQUALS, /* present with the one value */
	IR_IN,     /* present, and the value is one of values */
	IR_NOT_IN,
	IR_EXISTS,
	IR_NOT_EXISTS,
};

/* What selectors are about. */
struct label {
	atom_t source, key, value;
};

/* One requirement on an identity's labels; source "any" takes every source. */
struct ir_req {
	enum ir_op op;
	bool any_source;
	bool is_cidr; /* source cidr: the key is .cidr, by containment */
	bool by_key;  /* a value is found as the key ir_group_value() */
	bool any_key; /* the values are keys, of which one is there; with
		       * is_cidr: or a cidr label, whatever .source is */
	atom_t source;
	atom_t key;
	const atom_t *values; /* by text, distinct; not for *EXISTS */
	uint32_t nvalues;     /* 1 for EQUALS */
	struct cidr cidr;
};

/*
 * A conjunction of requirements, hash-consed: equal selectors are one object.
 * Without requirements it is the wildcard: every identity, map identity 0.
 */
struct ir_selector {
	uint32_t index;  /* dense: 0..nselectors-1 */
	struct str text; /* canonical, sorted: "any:app=web,k8s:x in (a,b)" */
	const struct ir_req *req;
	uint32_t nreq;
};

/* Who reads the traffic of a redirected port. */
enum ir_parser {
	IR_PARSER_NONE,
	IR_PARSER_TLS,
	IR_PARSER_HTTP,
	IR_PARSER_DNS,
	IR_PARSER_CRD, /* a listener of an Envoy configuration */
};

/* What a port rule demands above L4; NULL in ir_port when nothing. */
struct ir_l7 {
	enum ir_parser parser;
	const struct ast_port_rule *rule; /* HTTP, DNS, serverNames, TLS */
	uint8_t listener_priority; /* 1..100 as written; 0: the parser's */
	struct str listener;       /* "config/listener" of IR_PARSER_CRD */
	bool by_namespace;         /* its config is in the subject's one */
};

struct ir_port {
	uint8_t proto; /* IANA number; 0 = any protocol (then port is 0) */
	uint16_t port; /* first port; 0 = all; ICMP: the type */
	uint16_t end;  /* last port; 0 or <= port: only port */
	atom_t name;   /* named port when not the empty atom */
	const struct ir_l7 *l7;
	struct span at;
};

struct ir_peer {
	const struct ir_selector *selector;
	bool endpoints; /* by labels: what ir_rule.requires narrows */
	struct span at;
};

/* An accepted policy object, the origin of rules. */
struct ir_policy {
	const struct object *object;
	bool clusterwide; /* CCNP */
};

/* One list element of ingress, ingressDeny, egress or egressDeny. */
struct ir_rule {
	uint32_t index;                 /* dense, in input order */
	const struct ir_policy *policy; /* NULL for rules built in */
	struct span at;
	enum ir_tier tier;
	uint32_t priority; /* within the tier; lower decides first */
	enum ir_verdict verdict;
	enum direction dir;
	bool default_deny; /* switches its direction to default deny */
	bool node;         /* from a nodeSelector: host policy */
	uint8_t auth;      /* as in the map (cilium/auth.h); 0: unset */
	struct str log;    /* what flows that it decides are logged with */
	bool named_ports;  /* some port has a name */
	bool by_namespace; /* a listener lies in the subject's namespace */
	const struct ir_selector *subject;
	const struct ir_peer *peers; /* none: selects nothing */
	uint32_t npeers;
	const struct ir_port *ports; /* none: selects nothing */
	uint32_t nports;
	/* All of these narrow the endpoints of every rule of this verdict that
	 * meets this one at a subject; only before Cilium 1.19. */
	const struct ir_selector *const *requires;
	uint32_t nrequires;
};

/* A prefix that some policy mentions: it gets an ipcache entry. */
struct ir_prefix {
	struct cidr cidr;
	struct span at;
};

/* A setting whose default depends on the version. */
/* What CIDR rules select besides the world, by their addresses: a set. */
enum ir_cidr_match {
	IR_CIDR_WORLD = 0,
	IR_CIDR_NODES = 1,
	IR_CIDR_PODS = 2,
	IR_CIDR_ALL = IR_CIDR_NODES | IR_CIDR_PODS,
};

enum ir_switch {
	IR_BY_VERSION,
	IR_OFF,
	IR_ON,
};

/* Pods that a question is about, which may be in no file. */
struct ir_assumed {
	struct str ns, text; /* as written */
	struct lang_selector labels;
};

/*
 * The model, the version and the agent's settings; what `cilium-config` calls
 * each one is in driver/settings.c.  ir_options_default() fills it.
 */
struct ir_options {
	enum ir_model model;
	struct version cilium;
	bool ipv4, ipv6;
	struct str cluster_name;
	struct str node; /* the one that the agent runs on; "": none */
	/* The policy kinds that the agent watches. */
	bool reads_np, reads_cnp, reads_ccnp, reads_kcnp;
	bool admin_network_policy; /* semantics.md 8.4 */
	bool l7_proxy;
	bool icmp_rules;
	bool sctp; /* the datapath passes it on */
	bool extended_protocols;
	bool non_default_deny; /* enableDefaultDeny has an effect */
	bool node_labels;      /* nodes have identities by their labels */
	bool host_firewall;
	bool settings_known; /* the cluster's own, and no defaults */
	bool whole; /* what is not in the input is not in the cluster */
	bool socket_lb_hosts_only; /* pods' connections are translated later */
	enum ir_cidr_match cidr_match;
	bool well_known; /* identities below 128 for DNS and operator */
	enum ir_switch local_cluster; /* peers are of the local cluster */
	struct str label_filter;      /* added to the default filter */
	struct str node_label_filter; /* "": all labels of nodes */
	bool snapshot; /* some objects are what a running cluster has */
	const struct ir_assumed *assumed; /* where it has none of them */
	size_t nassumed;
	bool assume_described; /* and the pods that selectors describe */
};

/* Whether the cluster has addresses of FAMILY. */
static inline bool
ir_has_family(const struct ir_options *opt, uint8_t family)
{
	return family == IP_V4 ? opt->ipv4 : opt->ipv6;
}

/* What cnpc assumes without a `cilium-config`. */
void ir_options_default(struct ir_options *opt);

/* Label sources and keys that the rules of scoping name. */
struct ir_words {
	atom_t any, k8s, gen, reserved, cidr, cidrgroup, fqdn, node;
	atom_t pod_namespace; /* io.kubernetes.pod.namespace */
	atom_t cluster;       /* io.cilium.k8s.policy.cluster */
	atom_t empty;
};

struct refs;

/* A CIDR group that a rule names and nobody defines. */
struct ir_missing_group {
	struct span at;
	struct str name;
	bool sure; /* not only these files lack it */
};

/* A toServices that leads to no peer: what the rule says goes for nobody, or
 * with ports for everybody. */
struct ir_lost_services {
	struct span at;
	bool deny; /* where Services are not even looked up */
	bool has_ports;
	bool sure; /* not only these files lack them */
};

/* What is written here means something else in other patches. */
struct ir_by_patch {
	enum version_change change;
	struct span at;
};

struct ir {
	struct arena *arena;
	struct atom_table *atoms;
	struct ir_options opt;
	struct ir_words word;
	VEC(const struct ir_policy *) policies;
	VEC(const struct ir_rule *) rules;
	VEC(const struct ir_selector *) selectors;
	VEC(struct ir_prefix) prefixes;
	struct map fqdns;        /* toFQDNs: text as written -> its selector */
	const struct refs *refs; /* what policies name; since ir_lower() */
	VEC(struct ir_missing_group) missing_groups;
	VEC(struct ir_lost_services) lost_services;
	VEC(struct ir_by_patch) by_patch; /* in input order */
	VEC(struct span) empty_icmps;     /* lists that name no ICMP type */
	struct map selector_by_text;
	struct arena selector_work; /* for the selector that is being made */
	const struct ir_selector *wildcard; /* always there, for the rules */
	const struct ir_selector *host;     /* that pmap appends */
};

void ir_init(struct ir *ir, struct arena *a, struct atom_table *atoms,
    const struct ir_options *opt);

/* Lowers every policy object that is OBJECT_OK, in list order. */
void ir_lower(struct ir *ir, struct diag_sink *sink,
    const struct object_list *objects);

/* Checks the invariants stated above; asserts.  Run between passes. */
void ir_verify(const struct ir *ir);

/* One line a rule, for --dump=ir. */
void ir_dump(struct buf *out, struct source_set *set, const struct ir *ir);

/*
 * The label of what lies outside the cluster: "world" when the cluster has only
 * this address family, else "world-ipv4" or "world-ipv6" (semantics.md 5.4).
 */
struct str ir_world_label(const struct ir_options *opt, uint8_t family);

/* The key of the label that a CIDR group's members have for its name. */
struct str ir_group_name(struct arena *a, struct str name);

/*
 * Labels of groups hold one value a key, so each label of a group is also a
 * key of its own, "KEY+VALUE": of several groups all count.
 */
struct str ir_group_value(struct arena *a, struct str key, struct str value);

/* Whether a peer is of the local cluster unless one is named. */
bool ir_peers_are_local(const struct ir_options *opt);

/* "allow", "deny", "pass". */
const char *ir_verdict_name(enum ir_verdict v);

/* Reports a prefix that is written with bits which it does not have. */
void ir_check_prefix(struct diag_sink *sink, const struct ast_str *text);
