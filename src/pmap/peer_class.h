/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Peers that no candidate of a direction tells apart, as one.  Group 0 is the
 * wildcard identity; every identity is in one of the others.  Private to pmap/.
 */

#include "pmap/candidate.h"

struct peer_classes {
	uint32_t n;                    /* without peer_class 0 */
	struct bitset **members;       /* [n + 1]; [0] is NULL */
	const uint32_t *peer_class_of; /* [identity], from 1 */
};

void peer_classes_find(struct peer_classes *g, struct arena *scratch,
    const candidate_vec *candidates, uint32_t nidents);

/* Whether CANDIDATE is about the peer_class. */
bool peer_classes_in_candidate(const struct peer_classes *g,
    const struct candidate *candidate, uint32_t peer_class);

/*
 * Adds the key whose entry for each peer_class is VALUES[peer_class], NULL for
 * none; peer_classes with one value share an entry.  Without any entry there is
 * no key.
 */
void peer_classes_add_key(const struct peer_classes *g, key_vec *keys,
    struct arena *a, uint8_t proto, struct port_prefix prefix,
    const struct pmap_value *const *values);
