/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each set is taken apart into pairs of groups.  Where it is not about all of
 * two groups, the pair of these says so.
 */
#include "change/reach_group.h"

#include <stdlib.h>
#include <string.h>

struct group_pair {
	struct reach_way way;
	const struct bitset *from, *to;
	cell_vec ports;
	uint64_t count; /* of pairs of actors */
	bool mixed;     /* they pass on different ports */
};

typedef VEC(const struct bitset *) group_vec;

struct grouping {
	struct reaches *r;
	struct map groups; /* name -> bitset of actors */
	group_vec from, to;
	struct map pairs; /* two groups and a way -> struct group_pair */
};

static void
add_member(struct grouping *g, struct str name, uint32_t actor)
{
	void **slot = map_put(&g->groups, name.s, name.n);

	if (!*slot)
		*slot = bitset_new(g->r->arena, (uint32_t)g->r->actors.v.n);
	bitset_set(*slot, actor);
}

/* Adds an actor to the groups of its pods, to the world, or to its own one. */
static void
add_actor(struct grouping *g, uint32_t actor, enum reach_by by)
{
	const struct actor *x = &g->r->actors.v.v[actor];
	struct arena *a = g->r->arena;

	VEC_FOREACH (p, &x->pods[0]) {
		const struct endpoint *e = *p;
		struct str name = by == REACH_BY_WORKLOAD || e->host
		    ? endpoint_workload(e)
		    : STR("");

		add_member(g, object_full_name(a, e->ns, name), actor);
	}
	if (actor_is_outside(&g->r->actors, x))
		add_member(g, STR("world"), actor);
	else if (x->pods[0].n == 0)
		add_member(g, str_of(arena_printf(a, "%u", actor)), actor);
}

/* Lists the groups, of AMONG alone; those of the same actors are one. */
static void
list_groups(struct grouping *g, group_vec *ret, const struct bitset *among)
{
	struct map seen;

	map_init(&seen, g->r->scratch);
	for (uint32_t i = 0; i < g->groups.n; i++) {
		struct bitset *set =
		    bitset_dup(g->r->arena, g->groups.entry[i].value);
		struct str bytes;
		void **slot;

		if (among)
			bitset_and(set, among);
		bytes = bitset_bytes(bitset_pack(g->r->arena, set));
		slot = map_put(&seen, bytes.s, bytes.n);
		if (!*slot && !bitset_empty(set))
			*vec_push(ret, g->r->arena) = set;
		*slot = g;
	}
	arena_reset(g->r->scratch);
}

static uint64_t
count_both(struct grouping *g, const struct bitset *x, const struct bitset *y)
{
	struct bitset *both = bitset_dup(g->r->scratch, y);

	bitset_and(both, x);
	return bitset_count(both);
}

static bool
has_ports(const struct reach *x, const cell_vec *ports)
{
	return x->nports == ports->n &&
	    memcmp(x->ports, ports->v, ports->n * sizeof(*ports->v)) == 0;
}

static void
add_pair(struct grouping *g, const struct reach *x, const struct bitset *from,
    const struct bitset *to, uint64_t count)
{
	const void *key[] = {from, to, x->way};
	void **slot = map_put(&g->pairs, key, sizeof(key));
	struct group_pair *p = *slot;

	if (!p) {
		*slot = p = ARENA_NEW(g->r->arena, struct group_pair);
		*p = (struct group_pair){*x->way, from, to, {0}, 0, false};
	} else if (has_ports(x, &p->ports)) {
		p->count += count;
		return;
	} else {
		p->mixed = true;
	}
	p->count += count;
	for (uint32_t i = 0; i < x->nports; i++)
		*vec_push(&p->ports, g->r->arena) = x->ports[i];
}

static void
add_reach(struct grouping *g, const struct reach *x)
{
	VEC_FOREACH (from, &g->from) {
		uint64_t n = count_both(g, x->from, *from);

		if (n == 0)
			continue;
		VEC_FOREACH (to, &g->to) {
			if (bitset_intersects(x->to, *to))
				add_pair(g, x, *from, *to,
				    n * count_both(g, x->to, *to));
		}
	}
	arena_reset(g->r->scratch);
}

static int
compare_first(const void *pa, const void *pb)
{
	const struct cell *a = pa, *b = pb;
	int order = a->others - b->others;

	if (order == 0)
		order = a->proto - b->proto;
	if (order == 0)
		order = (a->ports.first > b->ports.first) -
		    (a->ports.first < b->ports.first);
	return order;
}

/* Sorts cells and joins those that overlap or touch. */
static void
join(cell_vec *ports)
{
	size_t n = 0;

	qsort(ports->v, ports->n, sizeof(*ports->v), compare_first);
	VEC_FOREACH (c, ports) {
		struct cell *last = n > 0 ? &ports->v[n - 1] : NULL;

		if (!last || last->proto != c->proto ||
		    last->others != c->others ||
		    c->ports.first > last->ports.end)
			ports->v[n++] = *c;
		else if (c->ports.end > last->ports.end)
			last->ports.end = c->ports.end;
	}
	ports->n = n;
}

void
reaches_group(struct reaches *r, enum reach_by by,
    const struct reach_question *q)
{
	struct grouping g = {.r = r};

	if (by == REACH_BY_IDENTITY)
		return;
	map_init(&g.groups, r->arena);
	map_init(&g.pairs, r->arena);
	for (uint32_t i = 0; i < r->actors.v.n; i++)
		add_actor(&g, i, by);
	list_groups(&g, &g.from, q->from);
	list_groups(&g, &g.to, q->to);
	VEC_FOREACH (x, &r->v)
		add_reach(&g, x);
	r->v.n = 0;
	for (uint32_t i = 0; i < g.pairs.n; i++) {
		struct group_pair *p = g.pairs.entry[i].value;

		join(&p->ports);
		p->way.some = p->mixed ||
		    p->count <
			(uint64_t)bitset_count(p->from) * bitset_count(p->to);
		*vec_push(&r->v, r->arena) = (struct reach){&p->way, p->from,
		    p->to, p->ports.v, (uint32_t)p->ports.n};
	}
}
