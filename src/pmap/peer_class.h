/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Classes of peers that no candidate of a direction tells apart.  Class 0 is
 * the wildcard identity; every identity is in one of the others, and each
 * aggregate alone in the class that is numbered as its part.  Private to pmap/.
 */

#include "pmap/candidate.h"
#include "pmap/key.h"

struct peer_classes {
	uint32_t n;               /* without class 0 */
	bool aggregated;          /* the world has aggregates */
	struct bitset **members;  /* [n + 1]; [0] is NULL */
	const uint32_t *wildcard; /* [n + 1]: the class that stands for it;
				   * itself, if it stands for others */
};

void peer_classes_find(struct peer_classes *classes, struct arena *scratch,
    const candidate_vec *candidates, const struct aggregates *aggregates);

/* Whether an entry for CLASS is found by the peers of OTHER. */
static inline bool
peer_class_covers(const struct peer_classes *classes, uint32_t class,
    uint32_t other)
{
	return class == other || class == classes->wildcard[other];
}

/* Whether an entry for one of the classes is found by peers of the other. */
static inline bool
peer_classes_meet(const struct peer_classes *classes, uint32_t a, uint32_t b)
{
	return peer_class_covers(classes, a, b) ||
	    peer_class_covers(classes, b, a);
}

/* Whether CANDIDATE is about peers of CLASS. */
bool peer_classes_in_candidate(const struct peer_classes *classes,
    const struct candidate *candidate, uint32_t class);

/*
 * Adds the key whose entry for each class is VALUES[class], NULL for none;
 * classes with one value share an entry.  Without any entry there is no key.
 */
void peer_classes_add_key(const struct peer_classes *classes, key_vec *keys,
    struct arena *a, const struct port_key *key,
    const struct pmap_value *const *values);
