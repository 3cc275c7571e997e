/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tiers for a datapath that knows none.  Before Cilium 1.19 two entries are
 * told apart by deny, the proxy's priority and length alone, so an allow of a
 * stronger tier loses to a weaker tier's deny.  Here the verdict of every class
 * of peers is worked out at every key, and entries are chosen so that the old
 * lookup arrives at it.
 *
 * An entry for the identity itself that denies decides at once, and one that
 * is as strong as the wildcard's and as long decides too.  Where the
 * wildcard's would win and must not, its entry is left out, with all broader
 * ones, and each identity has its own instead: an identity that nobody knows
 * then finds no entry and is dropped, where the broader ones might have let it
 * through.
 */
#include "pmap/flatten.h"

#include <stdlib.h>

#include "pmap/levels.h"
#include "pmap/lookup.h"
#include "pmap/peer_class.h"

#define NOWHERE UINT32_MAX

/* What packets of a class of peers to a key come to. */
struct outcome {
	bool decided;            /* some rule matches */
	uint32_t precedence;     /* of the strongest, with its level */
	struct pmap_value value; /* as its entry has it, without a level */
	uint32_t entry; /* the key with the entry that they find, or NOWHERE */
};

/* A key, and the nearest one that covers it. */
struct flat_key {
	struct port_key key;
	uint32_t parent;         /* NOWHERE: none */
	bool shut;               /* no entry for the wildcard */
	struct outcome *outcome; /* [class] */
};

struct flat {
	struct arena *scratch;
	struct peer_classes classes;
	struct flat_key *keys; /* what covers a key comes before it */
	uint32_t nkeys;
};

static uint32_t
parent_of(const struct flat *f, const struct port_key *key)
{
	for (uint32_t i = f->nkeys; i-- > 0;) {
		if (port_key_covers(&f->keys[i].key, key))
			return i;
	}
	return NOWHERE;
}

/* The stronger of what O says and of the candidate V. */
static void
apply(struct outcome *o, const struct candidate *v)
{
	if (o->decided &&
	    (o->precedence > v->value.precedence ||
		(o->precedence == v->value.precedence &&
		    o->value.redirect <= v->value.redirect)))
		return;
	o->decided = true;
	o->precedence = v->value.precedence;
	o->value = v->value;
	o->value.precedence = precedence_without_level(v->value.precedence);
}

/* The strongest of what its parent has and of the N candidates at the key. */
static void
decide(struct flat *f, struct flat_key *k, const struct candidate *v, size_t n)
{
	if (k->parent != NOWHERE)
		memcpy(k->outcome, f->keys[k->parent].outcome,
		    (f->classes.n + 1) * sizeof(*k->outcome));
	for (size_t i = 0; i < n; i++) {
		for (uint32_t class = 0; class <= f->classes.n; class ++) {
			if (!v[i].peers ||
			    peer_classes_in_candidate(&f->classes, &v[i],
				class))
				apply(&k->outcome[class], &v[i]);
		}
	}
}

/* CANDIDATES in key order, with the precedences of their tiers. */
static void
find_keys(struct flat *f, const candidate_vec *candidates)
{
	size_t n;

	f->keys = ARENA_ARRAY(f->scratch, struct flat_key, candidates->n);
	for (size_t i = 0; i < candidates->n; i += n) {
		const struct candidate *v = &candidates->v[i];
		struct flat_key *k = &f->keys[f->nkeys];

		n = candidates_of_key(v, candidates->n - i);
		k->key = v->key;
		k->parent = parent_of(f, &k->key);
		k->outcome =
		    ARENA_ARRAY(f->scratch, struct outcome, f->classes.n + 1);
		decide(f, k, v, n);
		f->nkeys++;
	}
}

static bool
same_verdict(const struct pmap_value *a, const struct pmap_value *b)
{
	return a->deny == b->deny && a->redirect == b->redirect;
}

/*
 * Whether the lookup takes the wildcard's entry W, at key ANY, and not the
 * identity's own V, at key OWN.
 */
static bool
any_wins(const struct flat *f, uint32_t own, const struct pmap_value *v,
    uint32_t any, const struct pmap_value *w)
{
	const struct port_key *a = &f->keys[own].key, *b = &f->keys[any].key;

	if (v->precedence != w->precedence)
		return w->precedence > v->precedence;
	return a->proto == 0 ? b->proto != 0 : b->prefix.bits > a->prefix.bits;
}

/* Where the wildcard's entry would win over an identity's own, shuts it out. */
static void
shut_keys(struct flat *f)
{
	for (uint32_t i = 0; i < f->nkeys; i++) {
		const struct outcome *o = f->keys[i].outcome;
		bool shut = false;

		for (uint32_t class = 1; class <= f->classes.n && o[0].decided;
		     class ++)
			shut |=
			    o[0].value.precedence > o[class].value.precedence;
		for (uint32_t k = i; shut && k != NOWHERE;
		     k = f->keys[k].parent)
			f->keys[k].shut = true;
	}
}

/* The key whose entry a class finds on the way to K, itself left out. */
static uint32_t
entry_above(const struct flat *f, const struct flat_key *k, uint32_t class)
{
	return k->parent == NOWHERE ? NOWHERE
				    : f->keys[k->parent].outcome[class].entry;
}

/* Whether the entries so far give the class its verdict at a key. */
static bool
is_given(const struct flat *f, const struct flat_key *k, uint32_t class,
    uint32_t own)
{
	uint32_t any = class == 0 ? NOWHERE : k->outcome[0].entry;
	const struct pmap_value *v, *w;

	if (own == NOWHERE && any == NOWHERE)
		return false;
	v = own == NOWHERE ? NULL : &f->keys[own].outcome[class].value;
	w = any == NOWHERE ? NULL : &f->keys[any].outcome[0].value;
	if (!v || (w && any_wins(f, own, v, any, w)))
		v = w;
	return same_verdict(v, &k->outcome[class].value);
}

static void
choose_entries(struct flat *f)
{
	for (uint32_t i = 0; i < f->nkeys; i++) {
		struct flat_key *k = &f->keys[i];

		for (uint32_t class = 0; class <= f->classes.n; class ++) {
			struct outcome *o = &k->outcome[class];
			uint32_t own = entry_above(f, k, class);

			o->entry = own;
			if (o->decided && !(class == 0 && k->shut) &&
			    !is_given(f, k, class, own))
				o->entry = i;
		}
	}
}

/* Whether DIRECTION gives a class its verdict at a key. */
static bool
gives(const struct flat *f, const struct pmap_direction *direction,
    const struct flat_key *k, uint32_t class)
{
	const struct outcome *o = &k->outcome[class];
	ident_idx_t peer = {bitset_next(f->classes.members[class], 0)};
	struct pmap_result r = lookup_prefix(direction, peer, k->key.proto,
	    k->key.prefix.bits, k->key.prefix.port);

	if (!o->decided)
		return !r.key;
	return r.key && same_verdict(&r.value, &o->value);
}

bool
keys_give_tiers(const key_vec *keys, struct arena *scratch,
    candidate_vec *candidates, const struct aggregates *aggregates,
    struct flat **ret_flat)
{
	struct pmap_direction direction = {.aggregates = aggregates,
	    .keys = keys->v,
	    .nkeys = (uint32_t)keys->n};
	struct flat *f = ARENA_NEW(scratch, struct flat);

	f->scratch = scratch;
	*ret_flat = f;
	peer_classes_find(&f->classes, scratch, candidates, aggregates);
	if (candidates->n > 1)
		qsort(candidates->v, candidates->n, sizeof(*candidates->v),
		    candidate_compare);
	find_keys(f, candidates);
	for (uint32_t i = 0; i < f->nkeys; i++) {
		for (uint32_t class = 1; class <= f->classes.n; class ++) {
			if (!gives(f, &direction, &f->keys[i], class))
				return false;
		}
	}
	return true;
}

void
keys_flatten(key_vec *keys, struct arena *a, struct flat *f)
{
	const struct pmap_value **values = ARENA_ARRAY(f->scratch,
	    const struct pmap_value *, f->classes.n + 1);

	shut_keys(f);
	choose_entries(f);
	keys->n = 0;
	for (uint32_t i = 0; i < f->nkeys; i++) {
		const struct flat_key *k = &f->keys[i];

		for (uint32_t class = 0; class <= f->classes.n; class ++)
			values[class] = k->outcome[class].entry == i
			    ? &k->outcome[class].value
			    : NULL;
		peer_classes_add_key(&f->classes, keys, a, &k->key, values);
	}
}
