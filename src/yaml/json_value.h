/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The reader of JSON: one value after another, from a text that may hold more.
 * Private to yaml/.
 */

#include "yaml/build.h"
#include "yaml/parts.h"

struct jread {
	struct ybuild *b;
	const char *p, *end; /* what is still to be read */
	const char *text;
	uint32_t base; /* offset of TEXT in the source */
	char *pool;    /* where the next string goes */
	char *pool_start;
	size_t pool_size;
	const char *problem; /* static text */
	/* Items that were read already, and the end of what follows them. */
	const struct yparts *items;
	const char *after;
};

void jread_init(struct jread *r, struct ybuild *b, struct str text,
    uint32_t base);

/* Gives back what the pool has left. */
void jread_fini(struct jread *r);

/*
 * The same for a List whose items have been read: they are put where the first
 * one begins, if an array in the outermost object does.
 */
void jread_init_around(struct jread *r, struct ybuild *b, struct str text,
    uint32_t base, const struct yparts *items);

/*
 * The next value.  NULL after a fault: r->problem says which, and r->p where;
 * or r->problem is NULL and a limit was reported.
 */
const struct ynode *jread_value(struct jread *r);

/*
 * Reads items of a List, with commas between them, into TO.  False after a
 * fault.  *ret_comma tells whether the text ended after a comma.
 */
bool jread_items(struct jread *r, struct ydocs *to, bool *ret_comma);

/* Skips white space; whether something follows it. */
bool jread_more(struct jread *r);

/* The offset of r->p in the source. */
uint32_t jread_offset(const struct jread *r);

/* Notes the fault at r->p; false. */
bool jread_fail(struct jread *r, const char *problem);
