/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the lowering of the policy kinds shares: one lower_<kind>() for each
 * kind.  Private to ir/.
 */

#include <netinet/in.h>

#include "ir/ir.h"

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

/* Notes that a change decides what is written AT, if it hangs on the patch. */
void lower_note(struct lowering *l, enum version_change change, struct span at);

/* The same, and whether the version has the change. */
bool lower_has(struct lowering *l, enum version_change change, struct span at);

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

/* The selector of a peer's endpoints, scoped as semantics.md 4.4 says. */
const struct ir_selector *lower_peer_selector(struct lowering *l,
    const struct ast_selector *written, bool subject_is_init);

/*
 * Adds the peers of an element of a Cilium policy to V; ALLOW: of ingress or
 * egress.  False: one of its fields is `[]`, so it selects nothing, but the
 * prefixes of the others have identities.
 */
bool lower_peers(struct lowering *l, const struct ast_direction_rule *e,
    bool allow, bool subject_is_init, peer_vec *v);

/* Peers are of the local cluster unless one is named (semantics.md 4.4). */
struct selector;
void lower_local_cluster(struct selector *s);

/*
 * Keeps S to the policy's namespace.  A label that asks for another one is
 * overwritten, not joined, with a warning (semantics.md 4.3); FIELD, which
 * is AT, holds it.
 */
void lower_own_namespace(struct lowering *l, struct selector *s,
    const char *field, struct span at);

/* Namespaces by their labels; NULL and `{}` are all (semantics.md 4.5). */
void lower_namespaces(struct selector *s, const struct ast_selector *written);

/* The selector of a prefix without its exceptions; all get an ipcache entry. */
const struct ir_selector *lower_cidr(struct lowering *l,
    const struct cidr *cidr, struct span at, const struct ast_str *except,
    uint32_t nexcept);

/* Takes prefixes out of S; texts that are no prefixes are skipped. */
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

/* The selector of an item for which there is a key. */
const struct ir_selector *lower_external_group(struct lowering *l,
    const struct ast_group_peer *g);

/* The addresses of the Services of toServices; nothing when there are none. */
void lower_services(struct lowering *l, const struct ast_direction_rule *e,
    peer_vec *v);
