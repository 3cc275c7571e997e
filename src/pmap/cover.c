/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes from candidates, whole sets of peers at a time.  An entry stays only if
 * no key that covers it has a higher precedence, or for a deny, an equal one.
 * Nodes are handled with the shorter prefixes first, so everything that may
 * cover a key is final when the key's turn comes.  Source: semantics.md
 * 11.3, the declarative form.
 */
#include <stdlib.h>

#include "pmap/key.h"
#include "pmap/candidate.h"

struct building {
	struct arena *arena, *scratch;
	key_vec *keys;
	VEC(struct pmap_entry) entries; /* of the key at hand */
};

/* Whether an entry with value OVER hides one with value V that it covers. */
static bool
hides(const struct pmap_value *over, const struct pmap_value *v)
{
	return over->precedence > v->precedence ||
	    (v->deny && over->precedence == v->precedence);
}

/* A covering key's entries, against the set SET with value V. */
static const struct bitset *
hide_under(struct building *b, const struct pmap_key *over,
    const struct pmap_value *v, const struct bitset *set)
{
	struct bitset *own = NULL;

	for (uint32_t i = 0; i < over->nentries && set; i++) {
		const struct pmap_entry *r = &over->entries[i];

		if (!hides(&r->value, v))
			continue;
		if (!r->peers)
			return NULL;
		if (!bitset_intersects(set, r->peers))
			continue;
		if (!own)
			set = own = bitset_dup(b->scratch, set);
		bitset_andnot(own, r->peers);
	}
	return bitset_empty(set) ? NULL : set;
}

/* The keys that cover (proto, prefix), itself left out, in any order. */
static unsigned
find_covering(const struct building *b, uint8_t proto, struct port_prefix p,
    const struct pmap_key *ret_keys[static 17])
{
	const struct pmap_key *n;
	unsigned count = 0;

	if (proto == 0)
		return 0;
	n = key_find(b->keys->v, b->keys->n, 0, 0, 0);
	if (n)
		ret_keys[count++] = n;
	for (uint8_t bits = 0; bits < p.bits; bits++) {
		n = key_find(b->keys->v, b->keys->n, proto, bits, p.port);
		if (n)
			ret_keys[count++] = n;
	}
	return count;
}

/* The wildcard's entry at a key: its strongest candidate, if not hidden. */
static void
add_wildcard_entry(struct building *b, const struct candidate *best,
    const struct pmap_key *const *over, unsigned nover)
{
	for (unsigned i = 0; i < nover; i++) {
		const struct pmap_entry *first = over[i]->entries;

		if (!first->peers && hides(&first->value, &best->value))
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
	return bitset_empty(set) ? NULL : set;
}

/* Rows of single identities, strongest first: each identity gets one. */
static void
add_peer_entries(struct building *b, const struct candidate *candidates,
    size_t n, const struct pmap_key *const *over, unsigned nover)
{
	struct pmap_key here = {.entries = b->entries.v,
	    .nentries = (uint32_t)b->entries.n};
	struct pmap_entry wildcard;
	struct bitset *taken = NULL;
	size_t j;

	/* The wildcard's entry at this very key covers as well. */
	if (here.nentries > 0) {
		wildcard = b->entries.v[0];
		here.entries = &wildcard;
	}
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
		if (set)
			set = hide_under(b, &here, &candidates[i].value, set);
		for (unsigned k = 0; k < nover && set; k++)
			set = hide_under(b, over[k], &candidates[i].value, set);
		if (!set)
			continue;
		/* A selector's own set is shared, any other is kept. */
		if (set != candidates[i].peers)
			set = bitset_dup(b->arena, set);
		*vec_push(&b->entries, b->scratch) =
		    (struct pmap_entry){candidates[i].value, set};
	}
}

static int
compare_candidate(const void *pa, const void *pb)
{
	const struct candidate *a = pa, *b = pb;
	int c = candidate_key_compare(a, b);

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
	unsigned nover =
	    find_covering(b, candidates->proto, candidates->prefix, over);
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
	    .proto = candidates->proto,
	    .port = candidates->prefix.port,
	    .port_bits = candidates->prefix.bits,
	    .entries = entries,
	    .nentries = (uint32_t)b->entries.n,
	};
}

int
value_compare(const struct pmap_value *a, const struct pmap_value *b)
{
	if (a->precedence != b->precedence)
		return a->precedence > b->precedence ? -1 : 1;
	if (a->redirect != b->redirect)
		return a->redirect < b->redirect ? -1 : 1;
	return (a->auth > b->auth) - (a->auth < b->auth);
}

int
entry_compare(const void *pa, const void *pb)
{
	const struct pmap_entry *a = pa, *b = pb;

	if ((!a->peers) != (!b->peers))
		return !a->peers ? -1 : 1;
	return value_compare(&a->value, &b->value);
}

int
candidate_key_compare(const struct candidate *a, const struct candidate *b)
{
	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	if (a->prefix.bits != b->prefix.bits)
		return a->prefix.bits < b->prefix.bits ? -1 : 1;
	return (a->prefix.port > b->prefix.port) -
	    (a->prefix.port < b->prefix.port);
}

void
keys_cover(key_vec *keys, struct arena *a, struct arena *scratch,
    candidate_vec *candidates)
{
	struct building b = {.arena = a, .scratch = scratch, .keys = keys};
	size_t end;

	if (candidates->n > 1)
		qsort(candidates->v, candidates->n, sizeof(*candidates->v),
		    compare_candidate);
	for (size_t i = 0; i < candidates->n; i = end) {
		for (end = i + 1; end < candidates->n &&
		     candidate_key_compare(&candidates->v[i],
			 &candidates->v[end]) == 0;
		     end++)
			continue;
		build_key(&b, &candidates->v[i], end - i);
	}
}

/* Gives TO the entries of FROM as well; of two the stronger counts. */
static void
absorb(struct pmap_key *to, const struct pmap_key *from, struct arena *a)
{
	uint32_t n = to->nentries + from->nentries, kept = 0;
	struct pmap_entry *entries = ARENA_ARRAY(a, struct pmap_entry, n);
	struct bitset *taken = NULL;

	memcpy(entries, to->entries, to->nentries * sizeof(*entries));
	memcpy(entries + to->nentries, from->entries,
	    from->nentries * sizeof(*entries));
	qsort(entries, n, sizeof(*entries), entry_compare);
	for (uint32_t i = 0; i < n; i++) {
		struct pmap_entry entry = entries[i];
		struct bitset *rest;

		if (!entry.peers && i > 0)
			continue;
		if (entry.peers) {
			if (!taken)
				taken = bitset_new(a, entry.peers->nbits);
			rest = bitset_dup(a, entry.peers);
			bitset_andnot(rest, taken);
			bitset_or(taken, rest);
			if (bitset_empty(rest))
				continue;
			entry.peers = rest;
		}
		entries[kept++] = entry;
	}
	to->entries = entries;
	to->nentries = kept;
}

void
keys_fold_port_zero(key_vec *keys, struct arena *a)
{
	bool folded = false;
	size_t n = 0;

	VEC_FOREACH (key, keys) {
		if (key->port == 0 && key->port_bits > 0) {
			key->port_bits = 0;
			folded = true;
		}
	}
	if (!folded)
		return;
	qsort(keys->v, keys->n, sizeof(*keys->v), key_compare);
	for (size_t i = 0; i < keys->n; i++) {
		if (n > 0 && key_compare(&keys->v[i], &keys->v[n - 1]) == 0)
			absorb(&keys->v[n - 1], &keys->v[i], a);
		else
			keys->v[n++] = keys->v[i];
	}
	keys->n = n;
}
