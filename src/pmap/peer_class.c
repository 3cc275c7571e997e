/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All identities of a part of the world begin in one class, and each set of
 * peers splits those that it has only some members of.
 */
#include "pmap/peer_class.h"

#include <stdlib.h>

/* Splits classes so that SET has whole ones only. */
static void
split(struct peer_classes *classes, struct arena *scratch, uint32_t *class_of,
    const struct bitset *set, uint32_t nidents)
{
	uint32_t *twin = ARENA_ARRAY(scratch, uint32_t, classes->n + 1);
	uint32_t *outside = ARENA_ARRAY(scratch, uint32_t, classes->n + 1);

	for (uint32_t i = 0; i < nidents; i++)
		outside[class_of[i]] += !bitset_test(set, i);
	BITSET_FOREACH (i, set) {
		uint32_t old = class_of[i];

		if (outside[old] == 0)
			continue;
		if (twin[old] == 0)
			twin[old] = ++classes->n;
		class_of[i] = twin[old];
	}
}

/* Aggregates first, each alone, then whom they stand for. */
static void
begin(struct peer_classes *classes, uint32_t *class_of,
    const struct aggregates *g)
{
	uint32_t number[PARTS_MAX] = {0};

	classes->n = g->nparts - 1;
	BITSET_FOREACH (i, g->all)
		class_of[i] = g->part_of[i];
	BITSET_FOREACH (i, g->peers) {
		uint32_t part = g->part_of[i];

		if (number[part] == 0)
			number[part] = ++classes->n;
		class_of[i] = number[part];
	}
}

void
peer_classes_find(struct peer_classes *classes, struct arena *scratch,
    const candidate_vec *candidates, const struct aggregates *g)
{
	uint32_t nidents = g->peers->nbits, *wildcard;
	uint32_t *class_of = ARENA_ARRAY(scratch, uint32_t, nidents);

	classes->aggregated = g->nparts > 1;
	begin(classes, class_of, g);
	for (size_t i = 0; i < candidates->n; i++) {
		const struct bitset *set = candidates->v[i].peers;

		if (set && (i == 0 || set != candidates->v[i - 1].peers))
			split(classes, scratch, class_of, set, nidents);
	}
	classes->members =
	    ARENA_ARRAY(scratch, struct bitset *, classes->n + 1);
	wildcard = ARENA_ARRAY(scratch, uint32_t, classes->n + 1);
	for (uint32_t i = 1; i <= classes->n; i++)
		classes->members[i] = bitset_new(scratch, nidents);
	for (uint32_t i = 0; i < nidents; i++) {
		bitset_set(classes->members[class_of[i]], i);
		wildcard[class_of[i]] = g->part_of[i];
	}
	classes->wildcard = wildcard;
}

bool
peer_classes_in_candidate(const struct peer_classes *classes,
    const struct candidate *candidate, uint32_t class)
{
	if (!candidate->peers || class == 0)
		return !candidate->peers && class == 0;
	return bitset_subset(classes->members[class], candidate->peers);
}

void
peer_classes_add_key(const struct peer_classes *classes, key_vec *keys,
    struct arena *a, const struct port_key *key,
    const struct pmap_value *const *values)
{
	VEC(struct pmap_entry) entries = {0};
	struct bitset *joined = NULL;
	size_t n = 0;

	for (uint32_t i = 0; i <= classes->n; i++) {
		if (values[i])
			*vec_push(&entries, a) = (struct pmap_entry){*values[i],
			    classes->members[i]};
	}
	if (entries.n == 0)
		return;
	qsort(entries.v, entries.n, sizeof(*entries.v), entry_compare);
	for (size_t i = 0; i < entries.n; i++) {
		const struct pmap_entry *e = &entries.v[i];

		if (joined &&
		    value_compare(&e->value, &entries.v[n - 1].value) == 0) {
			bitset_or(joined, e->peers);
			continue;
		}
		joined = e->peers ? bitset_dup(a, e->peers) : NULL;
		entries.v[n++] = (struct pmap_entry){e->value, joined};
	}
	*vec_push(keys, a) = (struct pmap_key){
	    .proto = key->proto,
	    .port = key->prefix.port,
	    .port_bits = key->prefix.bits,
	    .entries = entries.v,
	    .nentries = (uint32_t)n,
	};
}
