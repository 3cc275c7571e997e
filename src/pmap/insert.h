/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The keys of any direction, inserted one by one as Cilium does, for each
 * class of peers that no selector tells apart.  Where keys_cover() applies it
 * gives the same keys and is faster.  Private to pmap/.
 */

#include "pmap/candidate.h"
#include "pmap/key.h"

/* Adds the keys, in A; sorts the candidates. */
void keys_insert(key_vec *keys, struct arena *a, struct arena *scratch,
    candidate_vec *candidates, const struct aggregates *aggregates);
