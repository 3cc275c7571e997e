/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations on sets, a word at a time, over the words that a set has.
 */
#include "base/bitset.h"

#include <assert.h>
#include <string.h>

static uint32_t
words_of(uint32_t nbits)
{
	return nbits / 64 + (nbits % 64 != 0);
}

static bool
is_whole(const struct bitset *b)
{
	return b->nwords == words_of(b->nbits);
}

/* Word I of a set, counted from the first number. */
static uint64_t
word_at(const struct bitset *b, uint32_t i)
{
	return i - b->first < b->nwords ? b->w[i - b->first] : 0;
}

static struct bitset *
new_window(struct arena *a, uint32_t nbits, uint32_t first, uint32_t nwords)
{
	struct bitset *b =
	    arena_alloc(a, sizeof(*b) + (size_t)nwords * sizeof(b->w[0]));

	b->nbits = nbits;
	b->first = first;
	b->nwords = nwords;
	return b;
}

struct bitset *
bitset_new(struct arena *a, uint32_t nbits)
{
	return new_window(a, nbits, 0, words_of(nbits));
}

struct bitset *
bitset_dup(struct arena *a, const struct bitset *b)
{
	struct bitset *d = bitset_new(a, b->nbits);

	memcpy(d->w + b->first, b->w, b->nwords * sizeof(b->w[0]));
	return d;
}

const struct bitset *
bitset_of(struct arena *a, uint32_t nbits, const uint32_t *v, size_t n)
{
	uint32_t least = n > 0 ? v[0] : 0, most = least;
	struct bitset *b;

	for (size_t i = 1; i < n; i++) {
		least = v[i] < least ? v[i] : least;
		most = v[i] > most ? v[i] : most;
	}
	b = new_window(a, nbits, least / 64,
	    n > 0 ? most / 64 - least / 64 + 1 : 0);
	for (size_t i = 0; i < n; i++)
		b->w[v[i] / 64 - b->first] |= UINT64_C(1) << v[i] % 64;
	return b;
}

const struct bitset *
bitset_trim(struct arena *a, const struct bitset *b)
{
	uint32_t from = 0, to = b->nwords;
	struct bitset *d;

	while (to > from && b->w[to - 1] == 0)
		to--;
	while (from < to && b->w[from] == 0)
		from++;
	d = new_window(a, b->nbits, b->first + from, to - from);
	memcpy(d->w, b->w + from, (to - from) * sizeof(b->w[0]));
	return d;
}

void
bitset_copy(struct bitset *dst, const struct bitset *src)
{
	uint32_t end = src->first + src->nwords;

	assert(dst->nbits == src->nbits && is_whole(dst));
	memset(dst->w, 0, src->first * sizeof(dst->w[0]));
	memmove(dst->w + src->first, src->w, src->nwords * sizeof(dst->w[0]));
	memset(dst->w + end, 0, (dst->nwords - end) * sizeof(dst->w[0]));
}

void
bitset_zero(struct bitset *b)
{
	assert(is_whole(b));
	memset(b->w, 0, b->nwords * sizeof(b->w[0]));
}

void
bitset_fill(struct bitset *b)
{
	assert(is_whole(b));
	memset(b->w, 0xff, b->nwords * sizeof(b->w[0]));
	if (b->nbits % 64)
		b->w[b->nwords - 1] = (UINT64_C(1) << b->nbits % 64) - 1;
}

void
bitset_or(struct bitset *dst, const struct bitset *src)
{
	uint64_t *w = dst->w + src->first;
	uint32_t i, n = src->nwords;

	assert(dst->nbits == src->nbits && is_whole(dst));
	for (i = 0; i < n; i++)
		w[i] |= src->w[i];
}

void
bitset_and(struct bitset *dst, const struct bitset *src)
{
	uint64_t *w = dst->w + src->first;
	uint32_t i, n = src->nwords, end = src->first + n;

	assert(dst->nbits == src->nbits && is_whole(dst));
	for (i = 0; i < n; i++)
		w[i] &= src->w[i];
	memset(dst->w, 0, src->first * sizeof(dst->w[0]));
	memset(dst->w + end, 0, (dst->nwords - end) * sizeof(dst->w[0]));
}

void
bitset_andnot(struct bitset *dst, const struct bitset *src)
{
	uint64_t *w = dst->w + src->first;
	uint32_t i, n = src->nwords;

	assert(dst->nbits == src->nbits && is_whole(dst));
	for (i = 0; i < n; i++)
		w[i] &= ~src->w[i];
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
	if (a->first == b->first && a->nwords == b->nwords)
		return memcmp(a->w, b->w, a->nwords * sizeof(a->w[0])) == 0;
	return bitset_subset(a, b) && bitset_subset(b, a);
}

bool
bitset_intersects(const struct bitset *a, const struct bitset *b)
{
	uint32_t from = a->first > b->first ? a->first : b->first;
	uint32_t a_end = a->first + a->nwords, b_end = b->first + b->nwords;
	uint32_t to = a_end < b_end ? a_end : b_end, i;

	assert(a->nbits == b->nbits);
	for (i = from; i < to; i++)
		if (a->w[i - a->first] & b->w[i - b->first])
			return true;
	return false;
}

bool
bitset_subset(const struct bitset *a, const struct bitset *of)
{
	uint32_t i;

	assert(a->nbits == of->nbits);
	for (i = 0; i < a->nwords; i++)
		if (a->w[i] & ~word_at(of, a->first + i))
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

	if (i < b->first) {
		i = b->first;
		from = i * 64;
	}
	i -= b->first;
	if (from >= b->nbits || i >= b->nwords)
		return b->nbits;
	w = b->w[i] & (~UINT64_C(0) << from % 64);
	while (w == 0) {
		if (++i == b->nwords)
			return b->nbits;
		w = b->w[i];
	}
	return (b->first + i) * 64 + (uint32_t)__builtin_ctzll(w);
}
