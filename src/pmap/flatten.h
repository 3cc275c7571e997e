/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Entries without precedence, from candidates of several tiers, as Cilium had
 * them before 1.19.  Private to pmap/.
 */

#include "pmap/candidate.h"
#include "pmap/key.h"

struct flat;

/*
 * Whether KEYS, built as if there were one tier, give every verdict of the
 * tiers already.  CANDIDATES have the precedences of their tiers, and are
 * sorted.  If not, keys_flatten() puts others, in A, in their place.
 */
bool keys_give_tiers(const key_vec *keys, struct arena *scratch,
    candidate_vec *candidates, const struct aggregates *aggregates,
    struct flat **ret_flat);
void keys_flatten(key_vec *keys, struct arena *a, struct flat *f);
