/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is between the rules of a direction and its keys: a candidate is the
 * value that one filter has for one selector at one key.  Which candidates
 * become entries is decided key by key (pmap/cover.h, pmap/insert.h).  Private
 * to pmap/.
 */

#include "pmap/pmap.h"
#include "pmap/ports.h"

struct candidate {
	struct port_key key;
	bool pass; /* no verdict: on to the next tier */
	struct pmap_value value;
	uint32_t tier_max; /* highest and lowest precedence of its tier */
	uint32_t tier_min;
	const struct bitset *peers; /* NULL: any identity; never empty */
	uint32_t order;             /* among the direction's candidates */
};

typedef VEC(struct candidate) candidate_vec;

/* Descending by precedence, then ascending by what else tells them apart. */
int value_compare(const struct pmap_value *a, const struct pmap_value *b);

/*
 * Whether V is left out at a key that OVER covers: only what is stronger
 * hides, but a deny is hidden by an equal one as well, unless both are for the
 * SAME_KEY.
 */
static inline bool
value_hides(const struct pmap_value *over, const struct pmap_value *v,
    bool same_key)
{
	return over->precedence > v->precedence ||
	    (v->deny && !same_key && over->precedence == v->precedence);
}

/* Entries of one key: the wildcard's first, then by value. */
int entry_compare(const void *a, const void *b);

/* By key. */
int candidate_compare(const void *a, const void *b);

/* How many of the N candidates, sorted by key, are for the first one's. */
size_t candidates_of_key(const struct candidate *v, size_t n);
