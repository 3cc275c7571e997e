/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Words of a closed set, each with what it means: what an option or a setting
 * can be.  A table ends with {0}.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

struct word {
	const char *text;
	int value;
};

/* The row of TEXT; NULL when it is no such word. */
const struct word *word_find(const struct word *table, struct str text);

/* The first word for VALUE; NULL when there is none. */
const char *word_of(const struct word *table, int value);

/* All words, NULL-terminated, in A. */
const char *const *word_texts(struct arena *a, const struct word *table);

/* All words, with QUOTE on both sides of each and GAP between them, in A. */
const char *word_list(struct arena *a, const struct word *table,
    const char *quote, const char *gap);
