/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the checks and the lowering of the policy kinds share.  Private to
 * ir/: one sanitize_<kind>() and one lower_<kind>() for each kind.
 */

#include "ir/ir.h"

/* One policy object being checked. */
struct check {
	struct arena *arena;
	struct diag_sink *sink;
	const struct ir_options *opt;
	struct object *object;
};

/* The agent refuses the object because of D; the first reason is kept. */
void check_reject(struct check *c, const struct diag *d);

/* The object uses something that is not modelled. */
void check_unsupported(struct check *c, struct span at, struct str what);

/* A label selector as the agent validates it (semantics.md 2.5). */
void check_selector(struct check *c, const struct ast_selector *s);

void sanitize_cilium(struct check *c);

/* One policy object being lowered. */
struct lowering {
	struct ir *ir;
	struct diag_sink *sink;
	const struct ir_policy *policy;
	struct str ns; /* of the policy; "" for cluster scope */
};

void lower_cilium(struct lowering *l);

/* A rule to fill in, already numbered and listed. */
struct ir_rule *lower_rule(struct lowering *l, struct span at);

/* "4.4 (3)": peers are of the local cluster unless the user says otherwise. */
struct selector;
void lower_local_cluster(struct selector *s);

/* The selector of a prefix less its exceptions; notes all for the ipcache. */
const struct ir_selector *lower_cidr(struct lowering *l,
    const struct cidr *cidr, struct span at, const struct ast_str *except,
    uint32_t nexcept);

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
