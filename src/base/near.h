/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * "Did you mean": words that are a slip of the fingers apart, one more for
 * every six letters.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

/*
 * Whether GIVEN may be a slip for NAME; *ret_distance: how many letters must
 * be changed, put in, left out or exchanged with the next.  Case is free.
 */
bool near_miss(struct str given, struct str name, unsigned *ret_distance);

/* The one of NAMES (NULL-terminated) that WORD is closest to; NULL when it is
 * close to none. */
const char *near_guess(struct str word, const char *const *names);

/*
 * The end of a message that there is no WORD: "; did you mean NAME?", with
 * QUOTE on both sides of the name; "" when no name is close.  The text is in A.
 */
const char *near_hint(struct arena *a, struct str word,
    const char *const *names, const char *quote);
