/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the parts of a trace's text share.  Private to report/.
 */

#include "base/buf.h"
#include "flow/trace.h"

struct text {
	struct buf *out;
	struct arena *arena;
	struct source_set *set;
	const struct trace *t;
	bool color;
};

/* Input, made safe to show. */
const char *text_safe(struct arena *a, struct str s);

/* Where AT is, made safe to show. */
const char *text_where(struct text *x, struct span at);

/* "ALLOWED", in color. */
void text_verdict(struct text *x, enum flow_verdict v);

/* "  Policy denied (133)" */
void text_reason(struct text *x, enum drop_reason reason);

/* "CiliumNetworkPolicy shop/web", of a rule that a policy has. */
const char *text_rule_name(struct arena *a, const struct ir_rule *r);

/* What became of a rule that did not decide. */
const char *text_role(enum explain_role role);

/* All rules of policies at the end E, tier by tier, and what each says. */
void text_walk(struct text *x, const struct judged_end *e,
    const struct explanation *why);

/* What one end makes of the connection of P, and the rules that say so. */
void text_direction(struct text *x, const struct trace_pair *p,
    enum direction dir);
