/* SPDX-License-Identifier: Apache-2.0 */
/*
 * With a third world, actors are cut finer, and so an end is looked for by
 * what it is: a pod, an address, or what has neither.
 */
#include "change/effect.h"

#include <string.h>

#include "change/answer.h"

/* ---- ends ---- */

static void
remember(struct effect_end *ret, const struct actor *x)
{
	*ret = (struct effect_end){
	    .pod = x->pods[0].n > 0 ? x->pods[0].v[0] : NULL,
	    .is_address = x->ranges.n > 0,
	    .ident = {x->side[0].ident.i, x->side[1].ident.i},
	};
	if (ret->is_address)
		ret->ip = x->ranges.v[0].first;
}

/* Whether an address is one of X's. */
static bool
has_address(const struct actors *all, const struct actor *x,
    const struct ip *ip)
{
	if (x->ranges.n == 0)
		return false;
	for (uint32_t s = 0; s < all->nsides; s++) {
		struct cidr prefix;

		if (world_of_ip(all->side[s].pmaps->world, ip, &prefix).i !=
			x->side[s].ident.i ||
		    x->side[s].unmapped != (prefix.bits == 0))
			return false;
	}
	return true;
}

static bool
is_end(const struct actors *all, const struct actor *x,
    const struct effect_end *e)
{
	if (e->pod) {
		VEC_FOREACH (p, &x->pods[0]) {
			if (*p == e->pod)
				return true;
		}
		return false;
	}
	if (e->is_address)
		return has_address(all, x, &e->ip);
	return x->pods[0].n == 0 && x->ranges.n == 0 &&
	    x->side[0].ident.i == e->ident[0] &&
	    x->side[1].ident.i == e->ident[1];
}

static bool
find(const struct actors *all, const struct effect_end *e, uint32_t *ret)
{
	for (uint32_t i = 0; i < all->v.n; i++) {
		*ret = i;
		if (is_end(all, &all->v.v[i], e))
			return true;
	}
	return false;
}

/* ---- effects ---- */

void
effect_of_connection(struct effect *ret, const struct actors *all,
    const struct change_witness *w)
{
	*ret = (struct effect){.kind = EFFECT_CONNECTION,
	    .proto = w->proto,
	    .port = w->port};
	remember(&ret->end[0], &all->v.v[w->from]);
	remember(&ret->end[1], &all->v.v[w->to]);
}

void
effect_of_isolation(struct effect *ret, const struct actors *all,
    uint32_t actor, enum direction dir)
{
	*ret = (struct effect){.kind = EFFECT_ISOLATION, .dir = dir};
	remember(&ret->end[0], &all->v.v[actor]);
}

static bool
is_connected_alike(const struct effect *e, const struct actors *all)
{
	struct change_witness w = {.proto = e->proto, .port = e->port};

	return find(all, &e->end[0], &w.from) && find(all, &e->end[1], &w.to) &&
	    change_does_as_second(all, &w);
}

static bool
is_isolated_alike(const struct effect *e, const struct actors *all)
{
	const struct actor *x;
	uint32_t i;

	if (!find(all, &e->end[0], &i) || !actor_is_there(&all->v.v[i], 2))
		return false;
	x = &all->v.v[i];
	return (actor_isolation(all, x, 2, e->dir) == ISOLATION_DENY) ==
	    (actor_isolation(all, x, 1, e->dir) == ISOLATION_DENY);
}

bool
label_change_find(const label_change_vec *v, const struct label_change *x)
{
	VEC_FOREACH (c, v) {
		if (strcmp(c->label, x->label) == 0 && c->after == x->after &&
		    c->pods == x->pods &&
		    memcmp(&c->who, &x->who, sizeof(x->who)) == 0)
			return true;
	}
	return false;
}

static bool
shows_in(const struct effect *e, struct arena *a, const struct portrait *before,
    const struct change_side side[3])
{
	label_change_vec labels = {0};
	struct actors all;
	struct portrait p;

	switch (e->kind) {
	case EFFECT_CONNECTION:
		actors_find(&all, a, side, 3);
		return is_connected_alike(e, &all);
	case EFFECT_ISOLATION:
		actors_find(&all, a, side, 3);
		return is_isolated_alike(e, &all);
	case EFFECT_RULING:
		portrait_draw(&p, a, &side[2]);
		return ruling_same(ruling_find(&p.rulings, e->object),
		    e->ruling);
	case EFFECT_LABEL:
		portrait_draw(&p, a, &side[2]);
		portrait_list_labels(&labels, a, before, &p);
		return label_change_find(&labels, e->label);
	}
	return false;
}

bool
effect_shows(const struct effect *e, const struct portrait *before,
    const struct change_side side[3])
{
	struct arena a = {0};
	bool ok = shows_in(e, &a, before, side);

	arena_free(&a);
	return ok;
}
