/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the agent's checks of the policy kinds share: one sanitize_<kind>() for
 * each form that a policy is written in.  Private to admit/.
 */

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

/* The object selects nodes, which is a setting of the agent's. */
void check_selects_nodes(struct check *c, struct span at);

/* The object uses something that is not modelled. */
struct diag *check_unsupported(struct check *c, struct span at,
    struct str what);

/* Tells with D where a change that it is about hangs on the patch. */
void check_by_patch(struct check *c, struct diag *d,
    enum version_change change);

/* A label selector as the agent validates it (semantics.md 2.5). */
void check_selector(struct check *c, const struct ast_selector *s);

/* The same where older versions put SOURCE in front of all keys. */
void check_selector_of(struct check *c, const struct ast_selector *s,
    struct str source);

/* A CIDR that the agent can parse, or a bare address if OR_IP. */
void check_cidr(struct check *c, const struct ast_str *s, bool or_ip);

void sanitize_cilium(struct check *c);
void sanitize_network_policy(struct check *c);
void sanitize_cluster_network_policy(struct check *c);

/* Whether rules hold any HTTP or DNS rule; `http: []` is no rule. */
bool l7_rules_present(const struct ast_l7_rules *rules);
