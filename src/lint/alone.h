/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A look at what rules say, before anything is computed anew: most rules are
 * the only ones for some of their packets.
 */

#include "pmap/pmap.h"

/*
 * Whether there is a packet that D allows, or denies, for the rule R alone, so
 * that without R something else becomes of it.  False: that is not known.
 * The rules of the set GONE, which decide nothing, do not count.  A is for this
 * call.
 */
bool alone_decides(const struct world *w, const struct pmap_direction *d,
    const struct ir_rule *r, const struct bitset *gone, struct arena *a);
