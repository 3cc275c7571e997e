/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Lists of keys, sorted by protocol, prefix length and port, as a direction
 * has them.  Private to pmap/.
 */

#include "pmap/pmap.h"

typedef VEC(struct pmap_key) key_vec;

int key_compare(const void *a, const void *b);

/*
 * The key (PROTO, first BITS bits of PORT) among N sorted keys; NULL when
 * there is none.
 */
const struct pmap_key *key_find(const struct pmap_key *keys, size_t n,
    uint8_t proto, uint8_t bits, uint16_t port);

/*
 * A range that starts at port 0 becomes every port: the datapath's keys give
 * port 0 no port bits (semantics.md 10.2).  Moves such keys there; last of
 * all, because it prunes nothing.
 */
void keys_fold_port_zero(key_vec *keys, struct arena *a);
