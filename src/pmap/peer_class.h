/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Classes of peers that no candidate of a direction tells apart.  Class 0 is
 * the wildcard identity; every identity is in one of the others.  Private to
 * pmap/.
 */

#include "pmap/candidate.h"
#include "pmap/key.h"

struct peer_classes {
	uint32_t n;              /* without class 0 */
	struct bitset **members; /* [n + 1]; [0] is NULL */
};

void peer_classes_find(struct peer_classes *classes, struct arena *scratch,
    const candidate_vec *candidates, uint32_t nidents);

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
