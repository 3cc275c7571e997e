/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of keys: their order, and what is done to a whole list.
 */
#include "pmap/key.h"

#include <stdlib.h>

#include "pmap/candidate.h"
#include "pmap/ports.h"

int
key_compare(const void *pa, const void *pb)
{
	const struct pmap_key *a = pa, *b = pb;

	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	if (a->port_bits != b->port_bits)
		return a->port_bits < b->port_bits ? -1 : 1;
	return (a->port > b->port) - (a->port < b->port);
}

const struct pmap_key *
key_find(const struct pmap_key *keys, size_t n, uint8_t proto, uint8_t bits,
    uint16_t port)
{
	struct pmap_key key = {.proto = proto,
	    .port_bits = bits,
	    .port = port_mask(port, bits)};

	return n ? bsearch(&key, keys, n, sizeof(key), key_compare) : NULL;
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
