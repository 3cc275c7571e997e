/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps from rules to keys, in two halves:
 *
 *   resolve   sort the rules, add Cilium's own, give them levels (levels.h),
 *             make candidates of them (filter.h)
 *   build     choose entries from the candidates (cover.h or insert.h), and do
 *             without precedence where there is none (flatten.h)
 *
 * Requires a world whose selectors are resolved, and of struct pmaps the rules
 * that Cilium adds.  Source: semantics.md 9.1, 10, 11.
 */
#include "pmap/direction.h"

#include <stdlib.h>

#include "cilium/version.h"
#include "pmap/cover.h"
#include "pmap/flatten.h"
#include "pmap/insert.h"
#include "pmap/key.h"
#include "pmap/levels.h"

struct work {
	struct arena *arena, *scratch;
	const struct pmaps *m;
	struct pmap_direction *direction;
	struct pmap_rule *rules; /* becomes direction->rules */
};

struct direction_input
direction_input_of(const struct pmaps *m, const struct endpoint *e,
    enum direction dir)
{
	const struct identity *id = world_identity(m->world, e->ident);
	enum pmap_enforcement mode = m->opt.enforcement;

	return (struct direction_input){
	    .dir = dir,
	    .off = id->unenforced || mode == PMAP_ENFORCE_NEVER,
	    .forced = id->always || mode == PMAP_ENFORCE_ALWAYS,
	    .host = e->host,
	    .subject = e,
	    .ns = e->ns,
	};
}

static bool
has(const struct work *w, enum version_change change)
{
	return version_has(w->m->world->ir->opt.cilium, change);
}

static int
compare_rule(const void *pa, const void *pb)
{
	const struct ir_rule *a = ((const struct pmap_rule *)pa)->rule;
	const struct ir_rule *b = ((const struct pmap_rule *)pb)->rule;

	if (a->tier != b->tier)
		return a->tier < b->tier ? -1 : 1;
	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

/*
 * Whether the host is let in (semantics.md 9.2): where anything keeps others
 * out, but not where that is for want of any rule; before 1.20 in any case.
 */
static bool
lets_host_in(const struct work *w, const struct direction_input *in)
{
	if (in->dir != DIR_INGRESS || in->host || !w->m->opt.allow_localhost)
		return false;
	return !has(w, VERSION_LOCALHOST_TIER) ||
	    (w->direction->default_deny && in->nrules > 0);
}

/* Sorts the rules and appends what Cilium itself adds (semantics.md 9.1). */
static void
collect_rules(struct work *w, const struct direction_input *in)
{
	struct pmap_direction *d = w->direction;
	struct pmap_rule *rules =
	    ARENA_ARRAY(w->arena, struct pmap_rule, in->nrules + 2);
	uint32_t n = 0;
	bool pass = false;

	for (; n < in->nrules; n++) {
		rules[n].rule = in->rules[n];
		d->default_deny |= in->rules[n]->default_deny;
		pass |= in->rules[n]->verdict == IR_PASS;
	}
	d->default_deny |= in->forced;
	d->enforced = in->forced || n > 0;
	if (n > 1)
		qsort(rules, n, sizeof(*rules), compare_rule);
	if (!d->default_deny)
		rules[n++].rule = w->m->allow_everyone;
	if (lets_host_in(w, in))
		rules[n++].rule = w->m->allow_host;
	if (d->default_deny && pass)
		rules[n++].rule = w->m->deny_everyone;
	w->rules = rules;
	d->rules = rules;
	d->nrules = n;
}

/* What the rules of a verdict require, all together (semantics.md 14). */
static void
collect_required(struct work *w)
{
	struct bitset *required[2] = {NULL, NULL};

	for (uint32_t i = 0; i < w->direction->nrules; i++) {
		const struct ir_rule *r = w->rules[i].rule;

		for (uint32_t k = 0; k < r->nrequires; k++) {
			const struct bitset *set =
			    world_selected(w->m->world, r->requires[k]);

			if (!required[r->verdict])
				required[r->verdict] =
				    bitset_dup(w->arena, set);
			else
				bitset_and(required[r->verdict], set);
		}
	}
	for (int v = 0; v < 2; v++)
		w->direction->required[v] = required[v];
}

/* The first allow rule that narrows the endpoints of others, or NULL. */
static const struct ir_rule *
requiring_rule(const struct pmap_direction *d)
{
	for (uint32_t i = 0; i < d->nrules; i++) {
		const struct ir_rule *r = d->rules[i].rule;

		if (r->verdict == IR_ALLOW && r->nrequires > 0)
			return r;
	}
	return NULL;
}

static uint64_t
count_entries(const struct pmap_direction *d)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < d->nkeys; i++) {
		for (uint32_t k = 0; k < d->keys[i].nentries; k++) {
			const struct bitset *p = d->keys[i].entries[k].peers;

			n += p ? bitset_count(p) : 1;
		}
	}
	return n;
}

/* Whether a direction needs insertion key by key. */
static bool
needs_keys(const struct pmap_direction *d)
{
	for (uint32_t i = 0; i < d->nrules; i++) {
		if (d->rules[i].rule->verdict == IR_PASS ||
		    d->rules[i].rule->auth != 0)
			return true;
	}
	return false;
}

static void
build_keys(const struct work *w, key_vec *keys, candidate_vec *candidates)
{
	if (needs_keys(w->direction))
		keys_insert(keys, w->arena, w->scratch, candidates,
		    w->direction->aggregates);
	else
		keys_cover(keys, w->arena, w->scratch, candidates,
		    w->direction->aggregates);
}

/* The first cluster-wide rule, if there are rules of a namespace below it. */
static const struct ir_rule *
upper_rule(const struct pmap_direction *d)
{
	const struct ir_rule *upper = NULL;

	for (uint32_t i = 0; i < d->nrules; i++) {
		const struct ir_rule *r = d->rules[i].rule;

		if (!upper && r->tier == IR_TIER_CLUSTERWIDE)
			upper = r;
		if (upper && r->policy && r->tier == IR_TIER_NORMAL)
			return upper;
	}
	return NULL;
}

/* As the datapath takes them in the end: keys_fold_port_zero(). */
static void
fold_port_zero(candidate_vec *candidates)
{
	VEC_FOREACH (c, candidates) {
		if (c->key.prefix.port == 0)
			c->key.prefix.bits = 0;
	}
}

/*
 * Keys whose entries have no precedence (semantics.md 11.7).  Where rules of
 * two tiers meet, the entries of one tier may not do.
 */
static bool
build_without_precedence(const struct work *w, key_vec *keys,
    candidate_vec *candidates, struct direction_error *ret_error)
{
	const struct ir_rule *upper = upper_rule(w->direction);
	candidate_vec plain = {0};
	struct flat *flat;

	if (upper)
		fold_port_zero(candidates);
	VEC_FOREACH (c, candidates) {
		struct candidate *copy = vec_push(&plain, w->scratch);

		*copy = *c;
		copy->value.precedence =
		    precedence_without_level(c->value.precedence);
	}
	build_keys(w, keys, &plain);
	if (!upper)
		return true;
	if (needs_keys(w->direction)) {
		*ret_error =
		    (struct direction_error){.text = "authentication is "
						     "required beside it",
			.rule = upper};
		return false;
	}
	if (!keys_give_tiers(keys, w->scratch, candidates,
		w->direction->aggregates, &flat))
		keys_flatten(keys, w->arena, flat);
	return true;
}

/* Sorts the rules for the filters; false: they need too many levels. */
static bool
rank_rules(struct work *w, const struct direction_input *in,
    struct filter_input *ret_filters)
{
	struct direction_input rules = *in;

	if (in->off) {
		rules.nrules = 0;
		rules.forced = false;
	}
	w->direction = ARENA_NEW(w->arena, struct pmap_direction);
	w->direction->dir = in->dir;
	w->direction->aggregates = w->m->world->aggregates;
	w->direction->forced = rules.forced;
	collect_rules(w, &rules);
	collect_required(w);
	if (!levels_assign(w->rules, w->direction->nrules))
		return false;
	*ret_filters = (struct filter_input){.dir = in->dir,
	    .rules = w->rules,
	    .nrules = w->direction->nrules,
	    .subject = in->subject,
	    .ns = in->ns,
	    .default_deny = w->direction->default_deny,
	    .required = w->direction->required};
	return true;
}

void
direction_resolve(struct direction_draft *ret, struct arena *a,
    struct arena *scratch, const struct pmaps *m,
    const struct direction_input *in)
{
	struct work w = {.arena = a, .scratch = scratch, .m = m};
	struct filter_input filters;
	const char *error;

	*ret = (struct direction_draft){0};
	error = rank_rules(&w, in, &filters)
	    ? filters_resolve(&ret->filters, a, scratch, m, &filters)
	    : "more priority levels than 24 bits hold";
	if (error)
		ret->error.text = arena_dup(a, error, strlen(error));
	else if (ret->filters.selector_policies.n > 0 &&
	    requiring_rule(w.direction))
		ret->error =
		    (struct direction_error){.text =
						 "a proxy cannot be told what "
						 "rules require",
			.rule = requiring_rule(w.direction),
			.requires = true};
	else
		ret->direction = w.direction;
}

void
direction_keep(struct direction_draft *draft, struct arena *a)
{
	candidate_vec *candidates = &draft->filters.candidates;
	size_t n = candidates->n;
	struct candidate *kept = ARENA_ARRAY(a, struct candidate, n);

	if (n > 0)
		memcpy(kept, candidates->v, n * sizeof(*kept));
	*candidates = (candidate_vec){kept, n, n};
}

static void
renumber_redirects(struct filter_output *filters, const uint16_t *number)
{
	VEC_FOREACH (c, &filters->candidates)
		c->value.redirect = number[c->value.redirect];
	VEC_FOREACH (p, &filters->selector_policies)
		p->redirect = number[p->redirect];
}

const struct pmap_direction *
direction_build(struct direction_draft *draft, struct arena *a,
    struct arena *scratch, const struct pmaps *m, const uint16_t *number)
{
	struct pmap_direction *d = draft->direction;
	struct filter_output *filters = &draft->filters;
	struct work w = {a, scratch, m, .direction = d};
	key_vec keys = {0};

	if (!d)
		return NULL;
	if (filters->redirects.n > 0)
		renumber_redirects(filters, number);
	if (has(&w, VERSION_RANGE_FROM_ZERO))
		fold_port_zero(&filters->candidates);
	d->by_precedence = has(&w, VERSION_PRECEDENCE);
	if (d->by_precedence)
		build_keys(&w, &keys, &filters->candidates);
	else if (!build_without_precedence(&w, &keys, &filters->candidates,
		     &draft->error))
		return NULL;
	keys_fold_port_zero(&keys, a);
	d->names = filters->names.v;
	d->nnames = (uint32_t)filters->names.n;
	d->selector_policies = filters->selector_policies.v;
	d->nselector_policies = (uint32_t)filters->selector_policies.n;
	d->keys = keys.v;
	d->nkeys = (uint32_t)keys.n;
	d->nentries = count_entries(d);
	return d;
}
