/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bitset.h"

#include <assert.h>
#include <string.h>

static size_t
nbytes(const struct bitset *b)
{
	return b->nwords * sizeof(b->w[0]);
}

struct bitset *
bitset_new(struct arena *a, uint32_t nbits)
{
	uint32_t nwords = nbits / 64 + (nbits % 64 != 0);
	struct bitset *b;

	b = arena_alloc(a, sizeof(*b) + (size_t)nwords * sizeof(b->w[0]));
	b->nbits = nbits;
	b->nwords = nwords;
	return b;
}

struct bitset *
bitset_dup(struct arena *a, const struct bitset *b)
{
	struct bitset *d = bitset_new(a, b->nbits);

	bitset_copy(d, b);
	return d;
}

void
bitset_copy(struct bitset *dst, const struct bitset *src)
{
	assert(dst->nbits == src->nbits);
	memmove(dst->w, src->w, nbytes(src));
}

void
bitset_zero(struct bitset *b)
{
	memset(b->w, 0, nbytes(b));
}

void
bitset_fill(struct bitset *b)
{
	memset(b->w, 0xff, nbytes(b));
	if (b->nbits % 64)
		b->w[b->nwords - 1] = (UINT64_C(1) << b->nbits % 64) - 1;
}

void
bitset_or(struct bitset *dst, const struct bitset *src)
{
	uint32_t i, n = dst->nwords;

	assert(dst->nbits == src->nbits);
	for (i = 0; i < n; i++)
		dst->w[i] |= src->w[i];
}

void
bitset_and(struct bitset *dst, const struct bitset *src)
{
	uint32_t i, n = dst->nwords;

	assert(dst->nbits == src->nbits);
	for (i = 0; i < n; i++)
		dst->w[i] &= src->w[i];
}

void
bitset_andnot(struct bitset *dst, const struct bitset *src)
{
	uint32_t i, n = dst->nwords;

	assert(dst->nbits == src->nbits);
	for (i = 0; i < n; i++)
		dst->w[i] &= ~src->w[i];
}

bool
bitset_empty(const struct bitset *b)
{
	uint32_t i;

	for (i = 0; i < b->nwords; i++)
		if (b->w[i])
			return false;
	return true;
}

bool
bitset_eq(const struct bitset *a, const struct bitset *b)
{
	assert(a->nbits == b->nbits);
	return memcmp(a->w, b->w, nbytes(a)) == 0;
}

bool
bitset_intersects(const struct bitset *a, const struct bitset *b)
{
	uint32_t i;

	assert(a->nbits == b->nbits);
	for (i = 0; i < a->nwords; i++)
		if (a->w[i] & b->w[i])
			return true;
	return false;
}

bool
bitset_subset(const struct bitset *a, const struct bitset *of)
{
	uint32_t i;

	assert(a->nbits == of->nbits);
	for (i = 0; i < a->nwords; i++)
		if (a->w[i] & ~of->w[i])
			return false;
	return true;
}

uint32_t
bitset_count(const struct bitset *b)
{
	uint32_t i, n = 0;

	for (i = 0; i < b->nwords; i++)
		n += (uint32_t)__builtin_popcountll(b->w[i]);
	return n;
}

uint32_t
bitset_next(const struct bitset *b, uint32_t from)
{
	uint32_t i = from / 64;
	uint64_t w;

	if (from >= b->nbits)
		return b->nbits;
	w = b->w[i] & (~UINT64_C(0) << from % 64);
	while (w == 0) {
		if (++i == b->nwords)
			return b->nbits;
		w = b->w[i];
	}
	return i * 64 + (uint32_t)__builtin_ctzll(w);
}
