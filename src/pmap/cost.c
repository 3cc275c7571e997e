/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each direction is computed once without each of its rules.  Requires the
 * maps of pmap_compute().
 *
 * Source: semantics.md 10.2, 12.
 */
#include "pmap/cost.h"

#include <stdlib.h>

#include "base/map.h"
#include "pmap/ports.h"
#include "pmap/whatif.h"

struct costing {
	struct costs *costs;
	const struct pmaps *m;
	struct whatif whatif;
	struct arena inner; /* of one direction computed anew */
	struct rule_cost *of_rule;
	uint32_t *endpoints; /* [class] */
};

static int
compare_maps(const void *a, const void *b)
{
	const struct map_cost *x = a, *y = b;
	uint64_t nx = map_cost_total(x), ny = map_cost_total(y);

	if (nx != ny)
		return nx > ny ? -1 : 1;
	return (x->class->index > y->class->index) -
	    (x->class->index < y->class->index);
}

static int
compare_rules(const void *a, const void *b)
{
	const struct rule_cost *x = a, *y = b;

	if (x->entries != y->entries)
		return x->entries > y->entries ? -1 : 1;
	return (x->rule->index > y->rule->index) -
	    (x->rule->index < y->rule->index);
}

static uint64_t
count_peers(const struct world *w, const struct ir_rule *r)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < r->npeers; i++)
		n += r->peers[i].selector == w->ir->wildcard
		    ? 1
		    : bitset_count(world_selected(w, r->peers[i].selector));
	return n;
}

static uint64_t
count_keys(const struct ir_rule *r)
{
	struct port_prefix prefixes[PORT_COVER_MAX];
	uint64_t n = 0;

	for (uint32_t i = 0; i < r->nports; i++)
		n += port_cover(r->ports[i].port, r->ports[i].end, prefixes);
	return n;
}

/* Entries that direction DIR of C has for R alone. */
static uint64_t
entries_of(struct costing *x, const struct pmap_class *c, enum direction dir,
    const struct ir_rule *r)
{
	const struct pmap_direction *without =
	    whatif_without(&x->whatif, &x->inner, c, dir, r);
	uint64_t all = c->direction[dir]->nentries, rest;

	rest = without ? without->nentries : 0;
	arena_reset(&x->inner);
	return all > rest ? all - rest : 0;
}

static void
add_direction(struct costing *x, const struct pmap_class *c, enum direction dir,
    bool first)
{
	const struct pmap_direction *d = c->direction[dir];

	for (uint32_t i = 0; i < d->nrules; i++) {
		const struct ir_rule *r = d->rules[i].rule;
		struct rule_cost *cost;
		uint64_t n;

		if (!r->policy)
			continue;
		cost = &x->of_rule[r->index];
		cost->endpoints += x->endpoints[c->index];
		if (!first)
			continue;
		n = entries_of(x, c, dir, r);
		if (!cost->class || n > cost->entries) {
			cost->class = c;
			cost->entries = n;
		}
	}
}

static void
add_classes(struct costing *x)
{
	struct arena a = {0};
	struct map seen;

	map_init(&seen, &a);
	VEC_FOREACH (c, &x->m->classes) {
		struct map_cost *map;

		if (c->error)
			continue;
		map = vec_push(&x->costs->maps, x->whatif.arena);
		*map = (struct map_cost){c, x->endpoints[c->index], {0}};
		for (int dir = 0; dir < 2; dir++) {
			void **slot = map_put(&seen, &c->direction[dir],
			    sizeof(c->direction[dir]));

			map->entries[dir] = c->direction[dir]->nentries;
			add_direction(x, c, (enum direction)dir, !*slot);
			*slot = x;
		}
	}
	arena_free(&a);
}

void
cost_compute(struct costs *costs, struct arena *a, struct arena *scratch,
    const struct pmaps *m)
{
	const struct world *w = m->world;
	struct costing x = {.costs = costs, .m = m};

	*costs = (struct costs){0};
	x.of_rule = ARENA_ARRAY(a, struct rule_cost, w->ir->rules.n);
	x.endpoints = ARENA_ARRAY(a, uint32_t, m->classes.n);
	whatif_init(&x.whatif, a, scratch, m);
	VEC_FOREACH (e, &w->endpoints)
		x.endpoints[pmap_class_of_endpoint(m, e)->index]++;
	add_classes(&x);
	VEC_FOREACH (r, &w->ir->rules) {
		struct rule_cost *cost = &x.of_rule[(*r)->index];

		if (!cost->class)
			continue;
		cost->rule = *r;
		cost->peers = count_peers(w, *r);
		cost->keys = count_keys(*r);
		*vec_push(&costs->rules, a) = *cost;
	}
	if (costs->maps.n > 1)
		qsort(costs->maps.v, costs->maps.n, sizeof(*costs->maps.v),
		    compare_maps);
	if (costs->rules.n > 1)
		qsort(costs->rules.v, costs->rules.n, sizeof(*costs->rules.v),
		    compare_rules);
	arena_free(&x.inner);
}
