/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tiers for a datapath that knows none.  Before Cilium 1.19 two entries are
 * told apart by deny, the proxy's priority and length alone, so an allow of a
 * stronger tier cannot stand against a weaker tier's deny.  Here the verdict
 * of every peer_class of peers is worked out at every key, and entries are
 * chosen so that the old lookup arrives at it.
 *
 * An entry for the identity itself that denies decides at once, and one that
 * is as strong as the wildcard's and as long decides too.  Where the
 * wildcard's would win and must not, its entry is left out, with all broader
 * ones, and each identity has its own instead: an identity that nobody knows
 * then finds no entry and is dropped, where the broader ones might have let it
 * through.
 */
#include <stdlib.h>

#include "pmap/peer_class.h"
#include "pmap/levels.h"
#include "pmap/key.h"

#define NOWHERE UINT32_MAX

/* What a peer_class meets at a site. */
struct cell {
	bool there;              /* some rule speaks */
	uint32_t precedence;     /* of the strongest, with its level */
	struct pmap_value value; /* as its entry says it, without one */
	uint32_t entry;          /* the site of the entry that it finds */
};

/* A key, and the nearest one that covers it. */
struct site {
	uint8_t proto;
	struct port_prefix prefix;
	uint32_t parent;   /* NOWHERE: none */
	bool shut;         /* no entry for the wildcard */
	struct cell *cell; /* [peer_classes.n + 1] */
};

struct flat {
	struct arena *scratch;
	struct peer_classes peer_classes;
	struct site *site; /* whoever covers one comes before it */
	uint32_t nsites;
};

static uint32_t
parent_of(const struct flat *f, const struct site *s)
{
	for (uint32_t i = f->nsites; i-- > 0;) {
		const struct site *p = &f->site[i];

		if (p->proto == 0 ||
		    (p->proto == s->proto && p->prefix.bits < s->prefix.bits &&
			port_mask(s->prefix.port, p->prefix.bits) ==
			    p->prefix.port))
			return i;
	}
	return NOWHERE;
}

static int
compare_candidate(const void *a, const void *b)
{
	return candidate_key_compare(a, b);
}

/* The strongest of what its parent has and of the candidates at the site. */
static void
judge(struct flat *f, struct site *s, const struct candidate *v, size_t n)
{
	if (s->parent != NOWHERE)
		memcpy(s->cell, f->site[s->parent].cell,
		    (f->peer_classes.n + 1) * sizeof(*s->cell));
	for (size_t i = 0; i < n; i++) {
		for (uint32_t g = 0; g <= f->peer_classes.n; g++) {
			struct cell *c = &s->cell[g];
			struct pmap_value value = v[i].value;

			if (v[i].peers &&
			    !peer_classes_in_candidate(&f->peer_classes, &v[i],
				g))
				continue;
			if (c->there &&
			    (c->precedence > value.precedence ||
				(c->precedence == value.precedence &&
				    c->value.redirect <= value.redirect)))
				continue;
			c->there = true;
			c->precedence = value.precedence;
			value.precedence =
			    precedence_without_level(value.precedence);
			c->value = value;
		}
	}
}

/* CANDIDATES in key order, with the precedences of their tiers. */
static void
find_sites(struct flat *f, const candidate_vec *candidates)
{
	size_t end;

	f->site = ARENA_ARRAY(f->scratch, struct site, candidates->n);
	for (size_t i = 0; i < candidates->n; i = end) {
		struct site *s = &f->site[f->nsites];

		for (end = i + 1; end < candidates->n &&
		     candidate_key_compare(&candidates->v[i],
			 &candidates->v[end]) == 0;
		     end++)
			continue;
		s->proto = candidates->v[i].proto;
		s->prefix = candidates->v[i].prefix;
		s->parent = parent_of(f, s);
		s->cell =
		    ARENA_ARRAY(f->scratch, struct cell, f->peer_classes.n + 1);
		judge(f, s, &candidates->v[i], end - i);
		f->nsites++;
	}
}

static bool
same_verdict(const struct pmap_value *a, const struct pmap_value *b)
{
	return a->deny == b->deny && a->redirect == b->redirect;
}

/* Whether the lookup takes the wildcard's entry: OWN and ANY are sites. */
static bool
any_wins(const struct flat *f, uint32_t own, const struct pmap_value *v,
    uint32_t any, const struct pmap_value *w)
{
	const struct site *a = &f->site[own], *b = &f->site[any];

	if (v->precedence != w->precedence)
		return w->precedence > v->precedence;
	return a->proto == 0 ? b->proto != 0 : b->prefix.bits > a->prefix.bits;
}

/* Where the wildcard's entry would win over an identity's own, shut it out. */
static void
shut_sites(struct flat *f)
{
	for (uint32_t i = 0; i < f->nsites; i++) {
		const struct cell *cell = f->site[i].cell;
		bool shut = false;

		for (uint32_t g = 1; g <= f->peer_classes.n && cell[0].there;
		     g++)
			shut |=
			    cell[0].value.precedence > cell[g].value.precedence;
		for (uint32_t k = i; shut && k != NOWHERE;
		     k = f->site[k].parent)
			f->site[k].shut = true;
	}
}

/* The site whose entry a peer_class finds on the way to S, itself left out. */
static uint32_t
entry_above(const struct flat *f, const struct site *s, uint32_t peer_class)
{
	return s->parent == NOWHERE ? NOWHERE
				    : f->site[s->parent].cell[peer_class].entry;
}

/* Whether the entries so far give the peer_class its verdict at a site. */
static bool
is_given(const struct flat *f, const struct site *s, uint32_t peer_class,
    uint32_t own)
{
	uint32_t any = peer_class == 0 ? NOWHERE : s->cell[0].entry;
	const struct pmap_value *v, *w;

	if (own == NOWHERE && any == NOWHERE)
		return false;
	v = own == NOWHERE ? NULL : &f->site[own].cell[peer_class].value;
	w = any == NOWHERE ? NULL : &f->site[any].cell[0].value;
	if (!v || (w && any_wins(f, own, v, any, w)))
		v = w;
	return same_verdict(v, &s->cell[peer_class].value);
}

static void
choose_entries(struct flat *f)
{
	for (uint32_t i = 0; i < f->nsites; i++) {
		struct site *s = &f->site[i];

		for (uint32_t g = 0; g <= f->peer_classes.n; g++) {
			struct cell *c = &s->cell[g];
			uint32_t own = entry_above(f, s, g);

			c->entry = own;
			if (c->there && !(g == 0 && s->shut) &&
			    !is_given(f, s, g, own))
				c->entry = i;
		}
	}
}

/* What the keys already there give a peer_class at a site. */
static bool
gives(const struct flat *f, const struct pmap_direction *direction,
    const struct site *s, uint32_t peer_class)
{
	const struct cell *c = &s->cell[peer_class];
	ident_idx_t peer = {
	    bitset_next(f->peer_classes.members[peer_class], 0)};
	struct pmap_result r = pmap_lookup_at(direction, peer, s->proto,
	    s->prefix.bits, s->prefix.port);

	if (!c->there)
		return !r.key;
	return r.key && same_verdict(&r.value, &c->value);
}

bool
keys_give_tiers(const key_vec *keys, struct arena *scratch,
    candidate_vec *candidates, uint32_t nidents, struct flat **ret_flat)
{
	struct pmap_direction direction = {.keys = keys->v,
	    .nkeys = (uint32_t)keys->n};
	struct flat *f = ARENA_NEW(scratch, struct flat);

	f->scratch = scratch;
	*ret_flat = f;
	peer_classes_find(&f->peer_classes, scratch, candidates, nidents);
	if (candidates->n > 1)
		qsort(candidates->v, candidates->n, sizeof(*candidates->v),
		    compare_candidate);
	find_sites(f, candidates);
	for (uint32_t i = 0; i < f->nsites; i++) {
		for (uint32_t g = 1; g <= f->peer_classes.n; g++) {
			if (!gives(f, &direction, &f->site[i], g))
				return false;
		}
	}
	return true;
}

void
keys_flatten(key_vec *keys, struct arena *a, struct flat *f)
{
	const struct pmap_value **values = ARENA_ARRAY(f->scratch,
	    const struct pmap_value *, f->peer_classes.n + 1);

	shut_sites(f);
	choose_entries(f);
	keys->n = 0;
	for (uint32_t i = 0; i < f->nsites; i++) {
		const struct site *s = &f->site[i];

		for (uint32_t g = 0; g <= f->peer_classes.n; g++)
			values[g] =
			    s->cell[g].entry == i ? &s->cell[g].value : NULL;
		peer_classes_add_key(&f->peer_classes, keys, a, s->proto,
		    s->prefix, values);
	}
}
