/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a verdict is as it is: what each rule that matches did, the cause, and
 * the rules of the proxy.
 */
#include "flow/explain.h"

#include <assert.h>

/* The verdict less what the rules' L3 and L4 part does not decide. */
static enum pmap_verdict
plain(enum pmap_verdict v)
{
	return v == PMAP_DENIED || v == PMAP_NO_MATCH ? v : PMAP_ALLOWED;
}

static enum explain_cause
cause_of(const struct explanation *x, const struct pmaps *m,
    const struct pmap_direction *direction)
{
	const struct ir_rule *r = x->decider ? x->decider->rule->rule : NULL;

	if (!direction->enforced)
		return CAUSE_NO_POLICY;
	if (r && r->policy)
		return CAUSE_RULE;
	if (r && r == m->allow_everyone)
		return CAUSE_DEFAULT_ALLOW;
	if (r && r == m->allow_host)
		return CAUSE_LOCAL_HOST;
	return x->why.default_deny ? CAUSE_DEFAULT_DENY : CAUSE_FORCE;
}

/* Whether a pass of R's tier skipped R. */
static bool
passed_over(const struct explanation *x, const struct pmap_rule *r)
{
	VEC_FOREACH (m, &x->why.matches) {
		if (m->rule->level < r->level &&
		    m->rule->rule->verdict == IR_PASS &&
		    m->rule->rule->tier == r->rule->tier)
			return true;
	}
	return false;
}

/* What became of R, given the rule D that decided. */
static enum explain_role
role_of(const struct explanation *x, const struct pmap_rule *r,
    const struct pmap_rule *d)
{
	if (r == d)
		return ROLE_DECIDES;
	if (passed_over(x, r))
		return ROLE_PASSED_OVER;
	if (r->level < d->level)
		return ROLE_PASSES; /* or it would have decided */
	if (r->rule->verdict == d->rule->verdict)
		return ROLE_AGREES;
	if (r->rule->tier != d->rule->tier)
		return ROLE_LOSES_TIER;
	if (r->level != d->level)
		return ROLE_LOSES_RANK;
	return d->rule->verdict == IR_DENY ? ROLE_LOSES_TO_DENY
					   : ROLE_LOSES_TO_ALLOW;
}

static void
explain_proxy(struct explanation *ret, struct arena *a, const struct flow *f,
    const struct proxied *p, struct matcher *x)
{
	const struct pmap_selector_policy *g;

	ret->parser = proxied_parser(p);
	for (uint32_t at = 0; (g = proxied_next(p, &at));) {
		for (uint32_t i = 0; i < g->nrules; i++) {
			struct request_try *t = vec_push(&ret->tries, a);

			t->selector_policy = g;
			t->rule = &g->rules[i];
			if (f->request)
				t->match = request_match(x, f->request,
				    p->world->ir->opt.cilium, g, t->rule);
		}
	}
}

void
explain(struct explanation *ret, struct arena *a, const struct pmaps *m,
    const struct flow *f, const struct judged_end *e, struct matcher *x)
{
	struct proxied p;
	size_t n;

	*ret = (struct explanation){0};
	pmap_why(&ret->why, a, m->world, e->direction, e->peer, f->proto,
	    f->port);
	assert(plain(e->result.verdict) == plain(ret->why.verdict));
	n = ret->why.matches.n;
	for (size_t i = 0; i < n; i++) {
		if (ret->why.matches.v[i].decides)
			ret->decider = &ret->why.matches.v[i];
	}
	ret->role = ARENA_ARRAY(a, enum explain_role, n);
	for (size_t i = 0; i < n; i++)
		ret->role[i] = role_of(ret, ret->why.matches.v[i].rule,
		    ret->decider->rule);
	ret->cause = cause_of(ret, m, e->direction);
	if (ret->cause == CAUSE_DEFAULT_DENY || ret->cause == CAUSE_FORCE)
		near_find(&ret->near,
		    &(struct match_packet){m->world, e->direction, e->peer,
			f->proto, f->port, false});
	if (e->result.verdict == PMAP_REDIRECTED) {
		p = judged_proxied(m, f, e,
		    ret->decider ? ret->decider->rule->level : UINT32_MAX);
		explain_proxy(ret, a, f, &p, x);
	}
}

const enum explain_role *
explain_role_of(const struct explanation *why, const struct pmap_rule *rule)
{
	for (size_t i = 0; i < why->why.matches.n; i++) {
		if (why->why.matches.v[i].rule == rule)
			return &why->role[i];
	}
	return NULL;
}

uint32_t
explain_next_rule(const struct pmap_direction *direction, uint32_t i)
{
	while (i < direction->nrules && !direction->rules[i].rule->policy)
		i++;
	return i;
}

const char *
explain_cause_name(enum explain_cause c)
{
	switch (c) {
	case CAUSE_RULE:
		return "rule";
	case CAUSE_NO_POLICY:
		return "no-policy";
	case CAUSE_DEFAULT_ALLOW:
		return "default-allow";
	case CAUSE_LOCAL_HOST:
		return "local-host";
	case CAUSE_DEFAULT_DENY:
		return "default-deny";
	case CAUSE_FORCE:
		return "forced";
	}
	return NULL;
}
