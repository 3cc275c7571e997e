/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * pmap_lookup() for what is not a single port.  Private to pmap/.
 */

#include "pmap/pmap.h"

/* Looks only at keys that cover (PROTO, first BITS bits of PORT). */
struct pmap_result lookup_prefix(const struct pmap_direction *direction,
    ident_idx_t peer, uint8_t proto, uint8_t bits, uint16_t port);
