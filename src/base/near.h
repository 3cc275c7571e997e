/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * "Did you mean": words that are one slip of the fingers apart.
 */

#include <stdbool.h>

#include "base/str.h"

/*
 * Whether GIVEN may be a slip for NAME; *ret_distance: how many letters must
 * be changed, put in, left out or exchanged with the next.  Case is free.
 */
bool near_miss(struct str given, struct str name, unsigned *ret_distance);

/* The one of NAMES (NULL-terminated) that WORD is closest to; NULL when it is
 * close to none. */
const char *near_guess(const char *word, const char *const *names);
