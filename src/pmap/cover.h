/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The keys of a direction whose rules have neither verdicts that pass nor
 * authentication, worked out for whole sets of peers.  Private to pmap/.
 */

#include "pmap/candidate.h"
#include "pmap/key.h"

/* Adds the keys, in A; sorts the candidates. */
void keys_cover(key_vec *keys, struct arena *a, struct arena *scratch,
    candidate_vec *candidates, const struct aggregates *aggregates);
