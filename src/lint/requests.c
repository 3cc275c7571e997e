/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A proxy lets a request pass when any selector policy of the deciding level
 * does.  So a limit is worth nothing for peers that another one lets ask for
 * everything on the same port.
 *
 * Source: semantics.md 10.5.
 */
#include "lint/requests.h"

#include "diag_gen.h"

/* Whether L leaves something out that could be asked for. */
static bool
limits(const struct pmap_l7_rule *l)
{
	if (l->http)
		return true;
	return l->dns &&
	    !(l->dns->match_pattern.present &&
		(str_is(l->dns->match_pattern.v, "*") ||
		    str_is(l->dns->match_pattern.v, "**")));
}

/* The first rule of P that limits; NULL when something in it lifts that. */
static const struct pmap_l7_rule *
limit_of(const struct pmap_selector_policy *p)
{
	for (uint32_t i = 0; i < p->nrules; i++) {
		if (!limits(&p->rules[i]))
			return NULL;
	}
	return &p->rules[0];
}

/* The rule of a policy in P that lets everything pass; NULL: none. */
static const struct pmap_l7_rule *
lifter_of(const struct pmap_selector_policy *p)
{
	for (uint32_t i = 0; i < p->nrules; i++) {
		const struct pmap_l7_rule *l = &p->rules[i];

		if (!l->http && !l->dns && l->rule->policy && !l->default_allow)
			return l;
	}
	return NULL;
}

static const struct bitset *
peers_of(const struct world *w, const struct pmap_selector_policy *p)
{
	return p->peers ? p->peers : world_selected(w, p->selector);
}

/* Whether B selects all that A selects; peers that nobody knows may be any. */
static bool
takes_in(const struct world *w, const struct pmap_selector_policy *b,
    const struct pmap_selector_policy *a)
{
	const struct bitset *peers = peers_of(w, a);

	if (bitset_empty(peers))
		return !b->peers &&
		    (b->selector == a->selector || b->selector->nreq == 0);
	return bitset_subset(peers, peers_of(w, b));
}

/* Whether B is for all that A is for. */
static bool
covers(const struct world *w, const struct pmap_selector_policy *b,
    const struct pmap_selector_policy *a)
{
	return a->level == b->level &&
	    pmap_selector_policy_covers(b, a->proto, a->port) &&
	    (a->end <= a->port ||
		pmap_selector_policy_covers(b, a->proto, a->end)) &&
	    takes_in(w, b, a);
}

static void
tell(struct diag_sink *sink, struct bitset *told,
    const struct pmap_l7_rule *limit, const struct pmap_l7_rule *lifter)
{
	struct diag *d;

	if (limit == lifter || bitset_test(told, limit->rule->index))
		return;
	bitset_set(told, limit->rule->index);
	d = diag_requests_lifted(sink, limit->at,
	    limit->dns ? "name" : "request");
	diag_note(sink, d, lifter->rule->at, "this one");
}

/* What lifts the limits of the I-th selector policy of D. */
static void
check(struct diag_sink *sink, struct bitset *told, const struct world *w,
    const struct pmap_direction *d, uint32_t i)
{
	const struct pmap_selector_policy *p = &d->selector_policies[i];
	const struct pmap_l7_rule *lifter;

	if (p->parser != IR_PARSER_HTTP && p->parser != IR_PARSER_DNS)
		return;
	lifter = lifter_of(p);
	for (uint32_t k = 0; lifter && k < p->nrules; k++) {
		if (limits(&p->rules[k]))
			tell(sink, told, &p->rules[k], lifter);
	}
	if (lifter || !limit_of(p))
		return;
	for (uint32_t k = 0; k < d->nselector_policies; k++) {
		const struct pmap_selector_policy *b = &d->selector_policies[k];

		if (k != i && covers(w, b, p) && (lifter = lifter_of(b)))
			tell(sink, told, limit_of(p), lifter);
	}
}

void
lint_check_requests(struct diag_sink *sink, struct arena *scratch,
    const struct pmaps *m)
{
	struct bitset *told =
	    bitset_new(scratch, (uint32_t)m->world->ir->rules.n);

	VEC_FOREACH (at, &m->directions) {
		for (uint32_t i = 0; i < (*at)->nselector_policies; i++)
			check(sink, told, m->world, *at, i);
	}
}
