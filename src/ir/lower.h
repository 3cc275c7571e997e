/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the checks and the lowering of the policy kinds share.  Private to
 * ir/: one sanitize_<kind>() and one lower_<kind>() for each kind.
 */

#include <netinet/in.h>

#include "ir/ir.h"

/* One policy object being checked. */
struct check {
	struct arena *arena;
	struct diag_sink *sink;
	const struct ir_options *opt;
	struct object *object;
	const struct map *external_groups; /* of external_groups_find() */
};

/* The agent refuses the object because of D; the first reason is kept. */
void check_reject(struct check *c, const struct diag *d);

/* The object uses something that is not modelled. */
struct diag *check_unsupported(struct check *c, struct span at,
    struct str what);

/* A label selector as the agent validates it (semantics.md 2.5). */
void check_selector(struct check *c, const struct ast_selector *s);

/* A CIDR that the agent can parse, or a bare address if OR_IP. */
void check_cidr(struct check *c, const struct ast_str *s, bool or_ip);

void sanitize_cilium(struct check *c);
void sanitize_network_policy(struct check *c);
void sanitize_cluster_network_policy(struct check *c);

/* One policy object being lowered. */
struct lowering {
	struct ir *ir;
	struct diag_sink *sink;
	const struct ir_policy *policy;
	struct str ns; /* of the policy; "" for cluster scope */
};

void lower_cilium(struct lowering *l);
void lower_network_policy(struct lowering *l);
void lower_cluster_network_policy(struct lowering *l);
void lower_admin_network_policy(struct lowering *l);
void lower_baseline_admin_network_policy(struct lowering *l);

/* What a rule matches, being gathered. */
typedef VEC(struct ir_peer) peer_vec;
typedef VEC(struct ir_port) port_vec;

/* A copy of MODEL, numbered, listed and of this policy. */
struct ir_rule *lower_rule(struct lowering *l, const struct ir_rule *model,
    struct span at);

void lower_add_peer(struct lowering *l, peer_vec *v,
    const struct ir_selector *s, struct span at);
/* A peer that is a selector over the labels of endpoints. */
void lower_add_endpoints(struct lowering *l, peer_vec *v,
    const struct ir_selector *s, struct span at);

void lower_add_port(struct lowering *l, port_vec *v, struct ir_port port);

/* PORT with protocol ANY. */
void lower_add_any(struct lowering *l, port_vec *v, struct ir_port port);

/* Every port of every protocol, ICMP too. */
void lower_add_everything(struct lowering *l, port_vec *v, struct span at);

/* Gives RULE its peers and ports; without either it selects nothing. */
void lower_set_matches(struct lowering *l, struct ir_rule *rule,
    const peer_vec *peers, const port_vec *ports);

/* "4.4 (3)": peers are of the local cluster unless the user says otherwise. */
struct selector;
void lower_local_cluster(struct selector *s);

/*
 * Keeps S to the policy's namespace.  A label that asks for another one is
 * overwritten, not joined, with a warning (semantics.md 4.3); FIELD, which
 * stands AT, holds it.
 */
void lower_own_namespace(struct lowering *l, struct selector *s,
    const char *field, struct span at);

/* Namespaces by their labels; NULL and `{}` are all (semantics.md 4.5). */
void lower_namespaces(struct selector *s, const struct ast_selector *written);

/* The selector of a prefix less its exceptions; notes all for the ipcache. */
const struct ir_selector *lower_cidr(struct lowering *l,
    const struct cidr *cidr, struct span at, const struct ast_str *except,
    uint32_t nexcept);

/* Takes prefixes out of S; those that are none are passed over. */
void lower_except(struct lowering *l, struct selector *s,
    const struct ast_str *except, uint32_t n);

/* The selector of a cidrGroupRef or cidrGroupSelector. */
const struct ir_selector *lower_group(struct lowering *l,
    const struct ast_cidr_rule *r);

/*
 * The selector of a matchName, or of a matchPattern, which is one that has a
 * '*' in it; the addresses of its names get identities.
 */
const struct ir_selector *lower_fqdn(struct lowering *l, struct str text);

/*
 * The key of the label by which a CiliumCIDRGroup holds the addresses of an
 * item of fromGroups or toGroups.  False: it is empty, or has characters that
 * would have to be escaped.
 */
bool external_group_key(struct arena *a, const struct ast_group_peer *g,
    struct str *ret_key);

/* The keys that the snapshot's groups have, in A. */
void external_groups_find(struct map *ret_keys, struct arena *a,
    const struct object_list *objects);

/* The selector of an item for which there is a key. */
const struct ir_selector *lower_external_group(struct lowering *l,
    const struct ast_group_peer *g);

/* What stands behind the Services of toServices; nothing when there are none.
 */
void lower_services(struct lowering *l, const struct ast_direction_rule *e,
    peer_vec *v);

/* A port as written: a number, or a service name. */
struct port_text {
	bool named;
	uint16_t number;
};

/*
 * IANA service name, or a number as Go's ParseUint reads it (semantics.md
 * 2.3): "010" is 8 and "0x50" is a name; a port left out is 0, that is, all
 * ports of the protocol.  False: none of these.
 */
bool port_parse(struct str text, struct port_text *ret_port);

/* Whether rules hold any HTTP or DNS rule; `http: []` is no rule. */
bool l7_rules_present(const struct ast_l7_rules *rules);
