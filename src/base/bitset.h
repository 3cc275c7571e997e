/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Sets of small numbers 0..nbits-1, 64 to a word.  By hand because the packaged
 * CRoaring predates its stable API and is slower at our sizes (see
 * docs/architecture.md).  Binary operations take sets of the same nbits.
 *
 * A set has words for all of its numbers, or, from bitset_trim() and
 * bitset_of(), only for those between its first and its last member: a set of a
 * few neighbours takes a few bytes however many numbers there are.  A trimmed
 * set is not changed any more; it may be the SRC of every operation.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

struct bitset {
	uint32_t nbits;
	uint32_t first; /* word that w[0] is; 0 unless trimmed */
	uint32_t nwords;
	uint64_t w[]; /* bits at and above nbits are zero */
};

/* The empty set over 0..NBITS-1. */
struct bitset *bitset_new(struct arena *a, uint32_t nbits);
struct bitset *bitset_dup(struct arena *a, const struct bitset *b);

/* The set of the N numbers at V, in as few words as hold them. */
const struct bitset *bitset_of(struct arena *a, uint32_t nbits,
    const uint32_t *v, size_t n);

/* The same members in as few words as hold them, in A. */
const struct bitset *bitset_trim(struct arena *a, const struct bitset *b);

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

static inline bool
bitset_test(const struct bitset *b, uint32_t i)
{
	uint32_t word = i / 64 - b->first;

	return word < b->nwords && (b->w[word] >> i % 64 & 1);
}

/* for (i in b), ascending */
#define BITSET_FOREACH(i, b)                                   \
	for (uint32_t i = bitset_next((b), 0); i < (b)->nbits; \
	     i = bitset_next((b), i + 1))
