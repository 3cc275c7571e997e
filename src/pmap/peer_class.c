/* SPDX-License-Identifier: Apache-2.0 */
#include "pmap/peer_class.h"

#include <stdlib.h>

/* Splits the peer_classes so that SET holds whole peer_classes only. */
static void
split(struct peer_classes *g, struct arena *scratch, uint32_t *peer_class_of,
    const struct bitset *set, uint32_t nidents)
{
	uint32_t *twin = ARENA_ARRAY(scratch, uint32_t, g->n + 1);
	uint32_t *outside = ARENA_ARRAY(scratch, uint32_t, g->n + 1);

	for (uint32_t i = 0; i < nidents; i++)
		outside[peer_class_of[i]] += !bitset_test(set, i);
	BITSET_FOREACH (i, set) {
		uint32_t old = peer_class_of[i];

		if (outside[old] == 0)
			continue;
		if (twin[old] == 0)
			twin[old] = ++g->n;
		peer_class_of[i] = twin[old];
	}
}

void
peer_classes_find(struct peer_classes *g, struct arena *scratch,
    const candidate_vec *candidates, uint32_t nidents)
{
	uint32_t *peer_class_of = ARENA_ARRAY(scratch, uint32_t, nidents);

	g->n = 1;
	g->peer_class_of = peer_class_of;
	for (uint32_t i = 0; i < nidents; i++)
		peer_class_of[i] = 1;
	for (size_t i = 0; i < candidates->n; i++) {
		const struct bitset *set = candidates->v[i].peers;

		if (set && (i == 0 || set != candidates->v[i - 1].peers))
			split(g, scratch, peer_class_of, set, nidents);
	}
	g->members = ARENA_ARRAY(scratch, struct bitset *, g->n + 1);
	for (uint32_t i = 1; i <= g->n; i++)
		g->members[i] = bitset_new(scratch, nidents);
	for (uint32_t i = 0; i < nidents; i++)
		bitset_set(g->members[peer_class_of[i]], i);
}

bool
peer_classes_in_candidate(const struct peer_classes *g,
    const struct candidate *candidate, uint32_t peer_class)
{
	if (!candidate->peers || peer_class == 0)
		return !candidate->peers && peer_class == 0;
	return bitset_subset(g->members[peer_class], candidate->peers);
}

void
peer_classes_add_key(const struct peer_classes *g, key_vec *keys,
    struct arena *a, uint8_t proto, struct port_prefix prefix,
    const struct pmap_value *const *values)
{
	VEC(struct pmap_entry) entries = {0};
	struct bitset *joined = NULL;
	size_t n = 0;

	for (uint32_t i = 0; i <= g->n; i++) {
		if (values[i])
			*vec_push(&entries, a) =
			    (struct pmap_entry){*values[i], g->members[i]};
	}
	if (entries.n == 0)
		return;
	qsort(entries.v, entries.n, sizeof(*entries.v), entry_compare);
	for (size_t i = 0; i < entries.n; i++) {
		const struct pmap_entry *r = &entries.v[i];

		if (joined &&
		    value_compare(&r->value, &entries.v[n - 1].value) == 0) {
			bitset_or(joined, r->peers);
			continue;
		}
		joined = r->peers ? bitset_dup(a, r->peers) : NULL;
		entries.v[n++] = (struct pmap_entry){r->value, joined};
	}
	*vec_push(keys, a) = (struct pmap_key){
	    .proto = proto,
	    .port = prefix.port,
	    .port_bits = prefix.bits,
	    .entries = entries.v,
	    .nentries = (uint32_t)n,
	};
}
