/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pods are often made by charts, so that a repository has policies for pods it
 * does not show.  Of such policies the texts are compared.
 */
#include "change/unseen.h"

#include <string.h>

#include "base/map.h"

/* Whether some endpoint is a subject of S. */
static bool
has_subjects(const struct world *w, struct arena *scratch,
    const struct ir_selector *s)
{
	const struct bitset *set = world_subjects(w, scratch, s);

	BITSET_FOREACH (i, set) {
		if (w->idents.v[i].nendpoints > 0)
			return true;
	}
	return false;
}

static const char *
key_of(struct arena *a, const struct object *o)
{
	return arena_printf(a, "%s/" STR_FMT "/" STR_FMT, o->kind_name,
	    STR_ARG(o->ns), STR_ARG(o->name));
}

/* Whether a peer of R is for pods, and nobody has its labels. */
static bool
lacks_peers(const struct world *w, const struct ir_rule *r)
{
	for (uint32_t i = 0; i < r->npeers; i++) {
		if (r->peers[i].endpoints &&
		    bitset_empty(world_selected(w, r->peers[i].selector)))
			return true;
	}
	return false;
}

/* The policies of a side, each with what is there of whom it is about. */
struct policies {
	bool whole; /* whoever is not in the input does not exist */
	VEC(const struct object *) v;
	struct map by_name; /* key_of() -> policy */
	struct map subject; /* policy -> itself: some endpoint meets it */
	struct map lacking; /* policy -> itself: some peer is nobody */
};

static void
mark(struct map *m, const struct object *o)
{
	*map_put(m, &o, sizeof(o)) = (void *)o;
}

static void
list_policies(struct policies *p, struct arena *a, struct arena *scratch,
    const struct change_side *side)
{
	const struct world *w = side->pmaps->world;

	p->whole = w->ir->opt.whole || w->ir->opt.snapshot;
	map_init(&p->by_name, a);
	map_init(&p->subject, a);
	map_init(&p->lacking, a);
	VEC_FOREACH (at, &w->ir->rules) {
		const struct ir_rule *r = *at;
		const struct object *o;
		const char *key;
		void **slot;

		if (!r->policy)
			continue;
		o = r->policy->object;
		key = key_of(a, o);
		slot = map_put(&p->by_name, key, strlen(key));
		if (!*slot) {
			*slot = (void *)o;
			*vec_push(&p->v, a) = o;
		}
		if (r->node || has_subjects(w, scratch, r->subject))
			mark(&p->subject, o);
		if (lacks_peers(w, r))
			mark(&p->lacking, o);
		arena_reset(scratch);
	}
}

/* Whether everybody that O is about is in the input. */
static bool
is_seen(const struct policies *p, const struct object *o)
{
	return p->whole ||
	    (map_get(&p->subject, &o, sizeof(o)) &&
		!map_get(&p->lacking, &o, sizeof(o)));
}

static bool
same_text(const struct changes *c, const struct object *a,
    const struct object *b)
{
	const struct change_side *side = c->actors.side;

	return str_eq(source_text(side[0].sources, a->at),
	    source_text(side[1].sources, b->at));
}

void
unseen_find(struct changes *c, struct arena *a, struct arena *scratch)
{
	struct policies p[2] = {0};

	for (int s = 0; s < 2; s++)
		list_policies(&p[s], a, scratch, &c->actors.side[s]);
	for (int s = 0; s < 2; s++) {
		VEC_FOREACH (at, &p[s].v) {
			const struct object *o = *at, *twin;
			const char *key = key_of(a, o);

			twin = map_get(&p[1 - s].by_name, key, strlen(key));
			/* What is in both is told of once. */
			if (twin && (s == 0 || same_text(c, twin, o)))
				continue;
			if (is_seen(&p[s], o) &&
			    (!twin || is_seen(&p[0], twin)))
				continue;
			*vec_push(&c->unseen, a) =
			    (struct change_unseen){o, s, twin};
		}
	}
}
