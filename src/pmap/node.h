/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The order of nodes, and finding them.  Private to pmap/.
 */

#include "pmap/pmap.h"

/* By protocol, prefix length, port. */
int node_compare(const void *a, const void *b);

/*
 * The node (PROTO, first BITS bits of PORT) among N sorted nodes; NULL when
 * there is none.
 */
const struct pmap_node *node_find(const struct pmap_node *nodes, size_t n,
    uint8_t proto, uint8_t bits, uint16_t port);

/* pmap_lookup() among the nodes that cover (PROTO, first BITS bits of PORT). */
struct pmap_result pmap_lookup_at(const struct pmap_side *side,
    ident_idx_t peer, uint8_t proto, uint8_t bits, uint16_t port);
