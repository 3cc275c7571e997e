/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Sets of small numbers 0..nbits-1, 64 to a word.  By hand because the packaged
 * CRoaring predates its stable API and is slower at our sizes (see
 * docs/architecture.md).  Binary operations take sets of the same nbits.
 *
 * A set has words for all of its numbers, or, from bitset_pack() and
 * bitset_of(), only for those where its members are: a set of a few takes a few
 * bytes however many numbers there are.  A packed set is not changed any more;
 * it may be the SRC of every operation.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

struct bitset {
	uint32_t nbits;
	uint32_t nwords;
	uint32_t nruns; /* after the words: where each run of them belongs */
	bool packed;    /* else all words are there, and no runs */
	uint64_t w[];   /* bits at and above nbits are zero */
};

/* The empty set over 0..NBITS-1. */
struct bitset *bitset_new(struct arena *a, uint32_t nbits);
struct bitset *bitset_dup(struct arena *a, const struct bitset *b);

/* The packed set of the N numbers at V, which are sorted for it. */
const struct bitset *bitset_of(struct arena *a, uint32_t nbits, uint32_t *v,
    size_t n);

/* The same members in a packed set. */
const struct bitset *bitset_pack(struct arena *a, const struct bitset *b);

/* What tells packed sets over as many numbers apart: of equal sets the same. */
struct str bitset_bytes(const struct bitset *b);

void bitset_copy(struct bitset *dst, const struct bitset *src);
void bitset_zero(struct bitset *b);
void bitset_fill(struct bitset *b); /* every number */

void bitset_or(struct bitset *dst, const struct bitset *src);
void bitset_and(struct bitset *dst, const struct bitset *src);
void bitset_andnot(struct bitset *dst, const struct bitset *src);

bool bitset_empty(const struct bitset *b);
bool bitset_eq(const struct bitset *a, const struct bitset *b);
bool bitset_intersects(const struct bitset *a, const struct bitset *b);
bool bitset_subset(const struct bitset *a, const struct bitset *of);
uint32_t bitset_count(const struct bitset *b);

/* The smallest member >= FROM, or nbits if there is none. */
uint32_t bitset_next(const struct bitset *b, uint32_t from);

static inline void
bitset_set(struct bitset *b, uint32_t i)
{
	b->w[i / 64] |= UINT64_C(1) << i % 64;
}

static inline void
bitset_clear(struct bitset *b, uint32_t i)
{
	b->w[i / 64] &= ~(UINT64_C(1) << i % 64);
}

/* Word I of a packed set, counted from the first number. */
uint64_t bitset_packed_word(const struct bitset *b, uint32_t i);

static inline bool
bitset_test(const struct bitset *b, uint32_t i)
{
	uint64_t w = b->packed ? bitset_packed_word(b, i / 64) : b->w[i / 64];

	return w >> i % 64 & 1;
}

/* for (i in b), ascending */
#define BITSET_FOREACH(i, b)                                   \
	for (uint32_t i = bitset_next((b), 0); i < (b)->nbits; \
	     i = bitset_next((b), i + 1))
