/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The order of keys, and finding them.  Private to pmap/.
 */

#include "pmap/pmap.h"

/* By protocol, prefix length, port. */
int key_compare(const void *a, const void *b);

/*
 * The key (PROTO, first BITS bits of PORT) among N sorted keys; NULL when
 * there is none.
 */
const struct pmap_key *key_find(const struct pmap_key *keys, size_t n,
    uint8_t proto, uint8_t bits, uint16_t port);

/* pmap_lookup() among the keys that cover (PROTO, first BITS bits of PORT). */
struct pmap_result pmap_lookup_at(const struct pmap_direction *direction,
    ident_idx_t peer, uint8_t proto, uint8_t bits, uint16_t port);
