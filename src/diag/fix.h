/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What mends findings, as edits of the texts that they are about.  An edit
 * changes a few bytes of one line and nothing else, so comments and layout
 * stay.  A place that does not hold what the fix expects, because an alias, a
 * block or a variable is there, has none.
 */

#include "diag/diag.h"

struct edit {
	struct span at;
	struct str text; /* instead of what is there */
};

/* The edit that mends D, in A; false when there is none. */
bool fix_edit(struct arena *a, const struct source_set *set,
    const struct diag *d, struct edit *ret);

/* A text and what it becomes, line by line. */
struct fixed_text {
	uint32_t source; /* its number in the set */
	struct str before, after;
	size_t edits;
};

struct fixed_texts {
	VEC(struct fixed_text) v;
};

/*
 * Makes in A the texts that mend what SINK has.  Of edits that overlap the
 * first is made, and of those of one place that differ none.
 */
void fix_texts(struct arena *a, const struct source_set *set,
    const struct diag_sink *sink, struct fixed_texts *ret);

/*
 * Puts the unified diff of the file NAME, named from the top of its repository,
 * whose lines are as many AFTER as BEFORE.
 */
void fix_put_diff(struct buf *out, const char *name, struct str before,
    struct str after);
