/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All rules of one direction of a trace, tier by tier, and what each says.
 */
#include "report/model.h"
#include "report/trace_text.h"

static const char *
role_text(const enum explain_role *role)
{
	if (!role)
		return "does not match";
	return *role == ROLE_DECIDES ? "decides" : text_role(*role);
}

void
text_walk(struct text *x, const struct judged_end *e,
    const struct explanation *why)
{
	const struct pmap_direction *d = e->direction;
	const struct ir_rule *last = NULL;

	for (uint32_t i = explain_next_rule(d, 0); i < d->nrules;
	     i = explain_next_rule(d, i + 1)) {
		const struct ir_rule *r = d->rules[i].rule;

		if (!last || last->tier != r->tier)
			buf_printf(x->out, "           %s tier:\n",
			    model_tier_name(trace_model(x->t), r->tier));
		if (!last || last->tier != r->tier || last->policy != r->policy)
			buf_printf(x->out, "             %s\n",
			    text_rule_name(x->arena, r));
		buf_printf(x->out, "               %s: %s: %s\n",
		    text_where(x, r->at), ir_verdict_name(r->verdict),
		    role_text(explain_role_of(why, &d->rules[i])));
		last = r;
	}
}
