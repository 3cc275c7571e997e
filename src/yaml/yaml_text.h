/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The text that libyaml is given, and the places of its marks in the source.
 * Private to yaml/.
 */

#include "yaml/build.h"

/* The text of SOURCE from START to STOP. */
struct ytext {
	struct str source;
	uint32_t start, stop;
	bool ascii;
	uint32_t at;     /* offset of the character ... */
	size_t at_index; /* ... with this index in libyaml's marks */
};

void ytext_init(struct ytext *t, struct str source, uint32_t start,
    uint32_t stop);

static inline struct str
ytext_part(const struct ytext *t)
{
	return (struct str){t->source.s + t->start, t->stop - t->start};
}

/* False, and reported, when there is something that libyaml must not get. */
bool ytext_check(const struct ytext *t, struct ybuild *b);

/* The offset in the source of libyaml's character index. */
uint32_t ytext_offset(struct ytext *t, size_t index);

/*
 * Where the value itself begins in START..END, after its tag and anchor,
 * which libyaml counts as part of it.
 */
uint32_t ytext_skip_properties(const struct ytext *t, uint32_t start,
    uint32_t end);
