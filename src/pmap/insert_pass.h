/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Insertion in directions with Pass rules, whose verdicts move between tiers
 * (semantics.md 11.5).  Private to pmap/.
 */

#include "pmap/key_state.h"

/* A Pass: remembered at KEY for the tiers to come. */
void insert_pass(const struct key_states *s, struct key_at key,
    const struct candidate *c);

/* An allow or a deny, which goes where a stronger tier passes as well. */
void insert_passing(const struct key_states *s, struct key_at key,
    const struct candidate *c);
