/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An entry stays only if no key that covers it has a higher precedence, or for
 * a deny, an equal one.  Keys are built with the shorter prefixes first, so
 * everything that may cover a key is final when the key's turn comes.  Source:
 * semantics.md 11.3, the declarative form.
 */
#include "pmap/cover.h"

#include <stdlib.h>

struct building {
	struct arena *arena, *scratch;
	const struct aggregates *aggregates;
	key_vec *keys;
	VEC(struct pmap_entry) entries; /* of the current key */
};

/* SET less LESS; *OWN is SET once it is a copy. */
static const struct bitset *
less(struct building *b, const struct bitset *set, const struct bitset *less,
    struct bitset **own)
{
	if (!bitset_intersects(set, less))
		return set;
	if (!*own)
		*own = bitset_dup(b->scratch, set);
	bitset_andnot(*own, less);
	return *own;
}

static const struct bitset *
less_parts(struct building *b, const struct bitset *set, unsigned parts,
    struct bitset **own)
{
	for (uint32_t p = 0; p < b->aggregates->nparts; p++) {
		if (parts & 1u << p)
			set = less(b, set, b->aggregates->member[p], own);
	}
	return set;
}

/* The parts whose wildcards have entries that hide V. */
static unsigned
hiding_parts(const struct building *b, const struct pmap_entry *entries,
    size_t n, const struct pmap_value *v)
{
	unsigned parts = 0;

	for (size_t i = 0; i < n; i++) {
		const struct bitset *peers = entries[i].peers;

		if (value_hides(&entries[i].value, v, false))
			parts |=
			    peers ? aggregates_in(b->aggregates, peers) : 1;
	}
	return parts;
}

/* SET less the peers whose entry of V the covering key OVER hides; or NULL. */
static const struct bitset *
hide_under(struct building *b, const struct pmap_key *over,
    const struct pmap_value *v, const struct bitset *set)
{
	unsigned parts = hiding_parts(b, over->entries, over->nentries, v);
	struct bitset *own = NULL;

	if (parts == aggregates_mask(b->aggregates))
		return NULL;
	for (uint32_t i = 0; i < over->nentries; i++) {
		const struct pmap_entry *e = &over->entries[i];

		if (e->peers && value_hides(&e->value, v, false))
			set = less(b, set, e->peers, &own);
	}
	set = less_parts(b, set, parts, &own);
	return own && bitset_empty(own) ? NULL : set;
}

/* The keys that cover K, itself left out, in any order. */
static unsigned
find_covering(const struct building *b, const struct port_key *k,
    const struct pmap_key *ret_keys[static 17])
{
	const struct pmap_key *key;
	unsigned n = 0;

	if (k->proto == 0)
		return 0;
	key = key_find(b->keys->v, b->keys->n, 0, 0, 0);
	if (key)
		ret_keys[n++] = key;
	for (uint8_t bits = 0; bits < k->prefix.bits; bits++) {
		key = key_find(b->keys->v, b->keys->n, k->proto, bits,
		    k->prefix.port);
		if (key)
			ret_keys[n++] = key;
	}
	return n;
}

/* The wildcard's entry at a key: its strongest candidate, if not hidden. */
static void
add_wildcard_entry(struct building *b, const struct candidate *best,
    const struct pmap_key *const *over, unsigned nover)
{
	for (unsigned i = 0; i < nover; i++) {
		const struct pmap_entry *first = over[i]->entries;

		if (!first->peers &&
		    value_hides(&first->value, &best->value, false))
			return;
	}
	*vec_push(&b->entries, b->scratch) =
	    (struct pmap_entry){best->value, NULL};
}

/* Candidates [i, j) have one value: the union of their peers, less TAKEN. */
static const struct bitset *
join_candidates(struct building *b, const struct candidate *candidates,
    size_t i, size_t j, struct bitset *taken)
{
	const struct bitset *set = candidates[i].peers;
	struct bitset *own = NULL;

	for (size_t k = i + 1; k < j; k++) {
		if (candidates[k].peers == set)
			continue;
		if (!own)
			set = own = bitset_dup(b->scratch, set);
		bitset_or(own, candidates[k].peers);
	}
	if (bitset_intersects(set, taken)) {
		if (!own)
			set = own = bitset_dup(b->scratch, set);
		bitset_andnot(own, taken);
	}
	return own && bitset_empty(own) ? NULL : set;
}

/*
 * SET, whose entry V is for this very key, less the peers whose wildcards have
 * an entry here that hides it or, since there are aggregates, says the same.
 */
static const struct bitset *
hide_here(struct building *b, const struct pmap_value *v,
    const struct bitset *set)
{
	unsigned same = aggregates_in(b->aggregates, set);
	struct bitset *own = NULL;

	if (b->aggregates->nparts > 1 && b->entries.n > 0 &&
	    !b->entries.v[0].peers &&
	    value_compare(&b->entries.v[0].value, v) == 0)
		same |= 1;

	set = less_parts(b, set,
	    same | hiding_parts(b, b->entries.v, b->entries.n, v), &own);
	for (uint32_t p = 1; own && p < b->aggregates->nparts; p++) {
		if (same & 1u << p)
			bitset_set(own, b->aggregates->ident[p]);
	}
	return own && bitset_empty(own) ? NULL : set;
}

/* Entries of single identities, strongest first: each identity gets one. */
static void
add_peer_entries(struct building *b, const struct candidate *candidates,
    size_t n, const struct pmap_key *const *over, unsigned nover)
{
	struct bitset *taken = NULL;
	size_t j;

	for (size_t i = 0; i < n; i = j) {
		const struct bitset *set;

		for (j = i + 1; j < n &&
		     value_compare(&candidates[i].value,
			 &candidates[j].value) == 0;
		     j++)
			continue;
		if (!taken)
			taken =
			    bitset_new(b->scratch, candidates[i].peers->nbits);
		set = join_candidates(b, candidates, i, j, taken);
		if (set && j < n)
			bitset_or(taken, set);
		for (unsigned k = 0; k < nover && set; k++)
			set = hide_under(b, over[k], &candidates[i].value, set);
		if (set)
			set = hide_here(b, &candidates[i].value, set);
		if (!set)
			continue;
		/* A selector's own set is shared, any other is kept. */
		if (set != candidates[i].peers)
			set = bitset_pack(b->arena, set);
		*vec_push(&b->entries, b->scratch) =
		    (struct pmap_entry){candidates[i].value, set};
	}
}

static int
compare_candidate(const void *pa, const void *pb)
{
	const struct candidate *a = pa, *b = pb;
	int c = candidate_compare(a, b);

	if (c != 0)
		return c;
	if ((!a->peers) != (!b->peers))
		return !a->peers ? -1 : 1;
	c = value_compare(&a->value, &b->value);
	return c ? c : (a->order > b->order) - (a->order < b->order);
}

/* Candidates [0, n) are of one key; those before it are done. */
static void
build_key(struct building *b, const struct candidate *candidates, size_t n)
{
	const struct pmap_key *over[17];
	unsigned nover = find_covering(b, &candidates->key, over);
	size_t wild = 0;
	struct pmap_entry *entries;

	while (wild < n && !candidates[wild].peers)
		wild++;
	b->entries.n = 0;
	if (wild > 0)
		add_wildcard_entry(b, candidates, over, nover);
	add_peer_entries(b, candidates + wild, n - wild, over, nover);
	if (b->entries.n == 0)
		return;
	entries = ARENA_ARRAY(b->arena, struct pmap_entry, b->entries.n);
	memcpy(entries, b->entries.v, b->entries.n * sizeof(*entries));
	*vec_push(b->keys, b->arena) = (struct pmap_key){
	    .proto = candidates->key.proto,
	    .port = candidates->key.prefix.port,
	    .port_bits = candidates->key.prefix.bits,
	    .entries = entries,
	    .nentries = (uint32_t)b->entries.n,
	};
}

void
keys_cover(key_vec *keys, struct arena *a, struct arena *scratch,
    candidate_vec *candidates, const struct aggregates *aggregates)
{
	struct building b = {.arena = a,
	    .scratch = scratch,
	    .aggregates = aggregates,
	    .keys = keys};
	size_t n;

	if (candidates->n > 1)
		qsort(candidates->v, candidates->n, sizeof(*candidates->v),
		    compare_candidate);
	for (size_t i = 0; i < candidates->n; i += n) {
		n = candidates_of_key(&candidates->v[i], candidates->n - i);
		build_key(&b, &candidates->v[i], n);
	}
}
