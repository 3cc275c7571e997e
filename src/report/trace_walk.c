/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All rules of one direction of a trace, tier by tier, and what each says.
 */
#include "report/model.h"
#include "report/trace_text.h"

/* What became of RULE; NULL: it does not match. */
static const char *
outcome(const struct explanation *why, const struct pmap_rule *rule)
{
	for (size_t i = 0; i < why->why.matches.n; i++) {
		if (why->why.matches.v[i].rule != rule)
			continue;
		return why->role[i] == ROLE_DECIDES ? "decides"
						    : text_role(why->role[i]);
	}
	return NULL;
}

/* The next rule of DIRECTION from I on that a policy has. */
static uint32_t
next_of_policy(const struct pmap_direction *direction, uint32_t i)
{
	while (i < direction->nrules && !direction->rules[i].rule->policy)
		i++;
	return i;
}

void
text_walk(struct text *x, const struct judged_end *e,
    const struct explanation *why)
{
	const struct pmap_direction *d = e->direction;
	const struct ir_rule *last = NULL;

	for (uint32_t i = next_of_policy(d, 0); i < d->nrules;
	     i = next_of_policy(d, i + 1)) {
		const struct ir_rule *r = d->rules[i].rule;
		const char *said = outcome(why, &d->rules[i]);

		if (!last || last->tier != r->tier)
			buf_printf(x->out, "           %s tier:\n",
			    model_tier_name(trace_model(x->t), r->tier));
		if (!last || last->tier != r->tier || last->policy != r->policy)
			buf_printf(x->out, "             %s\n",
			    text_rule_name(x->arena, r));
		buf_printf(x->out, "               %s: %s: %s\n",
		    text_where(x, r->at), ir_verdict_name(r->verdict),
		    said ? said : "does not match");
		last = r;
	}
}
