/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Finding nodes.  Private to pmap/.
 */

#include "pmap/pmap.h"

/*
 * The node (PROTO, first BITS bits of PORT) among N sorted nodes; NULL when
 * there is none.
 */
const struct pmap_node *node_find(const struct pmap_node *nodes, size_t n,
    uint8_t proto, uint8_t bits, uint16_t port);
