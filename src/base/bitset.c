/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations on sets, a word at a time, over the words that a set has.
 */
#include "base/bitset.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/search.h"

/* Where words of a packed set belong: from AT on, up to those of the next. */
struct run {
	uint32_t first; /* word of the whole set */
	uint32_t at;    /* word of this one */
};

/* Words that follow each other, as a set has them. */
struct stretch {
	uint32_t index, first, n;
	const uint64_t *w; /* NULL: there is none of this index */
};

static uint32_t
words_of(uint32_t nbits)
{
	return nbits / 64 + (nbits % 64 != 0);
}

static const struct run *
runs_of(const struct bitset *b)
{
	return (const struct run *)(b->w + b->nwords);
}

static struct stretch
stretch_of(const struct bitset *b, uint32_t i)
{
	const struct run *r = runs_of(b) + i;
	uint32_t end;

	if (i >= (b->packed ? b->nruns : 1))
		return (struct stretch){i, 0, 0, NULL};
	if (!b->packed)
		return (struct stretch){i, 0, b->nwords, b->w};
	end = i + 1 < b->nruns ? r[1].at : b->nwords;
	return (struct stretch){i, r->first, end - r->at, b->w + r->at};
}

#define STRETCH_FOREACH(s, b)                              \
	for (struct stretch s = stretch_of((b), 0); (s).w; \
	     s = stretch_of((b), (s).index + 1))

struct bitset *
bitset_new(struct arena *a, uint32_t nbits)
{
	uint32_t nwords = words_of(nbits);
	struct bitset *b =
	    arena_alloc(a, sizeof(*b) + (size_t)nwords * sizeof(b->w[0]));

	b->nbits = nbits;
	b->nwords = nwords;
	return b;
}

struct bitset *
bitset_dup(struct arena *a, const struct bitset *b)
{
	struct bitset *d = bitset_new(a, b->nbits);

	STRETCH_FOREACH(s, b)
	memcpy(d->w + s.first, s.w, s.n * sizeof(s.w[0]));
	return d;
}

/* A packed set that is being made: first measured, then filled. */
struct packing {
	struct bitset *b; /* NULL: it is measured */
	struct run *runs;
	uint32_t nruns, nwords;
	uint32_t first, end; /* words of the whole set */
	bool one_run;
};

/*
 * The next word that is not zero.  One zero word between two others is cheaper
 * than a run.
 */
static void
pack_word(struct packing *p, uint32_t i, uint64_t word)
{
	if (p->nruns == 0)
		p->first = p->end = i;
	if (p->nruns == 0 || (i > p->end + 1 && !p->one_run)) {
		if (p->b)
			p->runs[p->nruns] = (struct run){i, p->nwords};
		p->nruns++;
	} else {
		p->nwords += i - p->end;
	}
	if (p->b)
		p->b->w[p->nwords] = word;
	p->nwords++;
	p->end = i + 1;
}

/* Begins to fill what was measured.  Few long runs are quicker than many. */
static void
pack_begin(struct packing *p, struct arena *a, uint32_t nbits)
{
	uint32_t span = p->end - p->first;
	uint32_t nruns = p->nruns, nwords = p->nwords;

	p->one_run = nruns > 1 && (nwords + nruns) * 2 > span;
	if (p->one_run) {
		nruns = 1;
		nwords = span;
	}
	p->b = arena_alloc(a,
	    sizeof(*p->b) + (size_t)nwords * sizeof(p->b->w[0]) +
		(size_t)nruns * sizeof(struct run));
	*p->b = (struct bitset){nbits, nwords, nruns, true};
	p->runs = (struct run *)(p->b->w + nwords);
	p->nruns = p->nwords = 0;
}

static void
pack_words(struct packing *p, const struct bitset *b)
{
	STRETCH_FOREACH(s, b)
	{
		for (uint32_t i = 0; i < s.n; i++) {
			if (s.w[i])
				pack_word(p, s.first + i, s.w[i]);
		}
	}
}

const struct bitset *
bitset_pack(struct arena *a, const struct bitset *b)
{
	struct packing p = {0};

	pack_words(&p, b);
	pack_begin(&p, a, b->nbits);
	pack_words(&p, b);
	return p.b;
}

static int
compare_number(const void *pa, const void *pb)
{
	const uint32_t *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

/* The words of the numbers at V, ascending. */
static void
pack_numbers(struct packing *p, const uint32_t *v, size_t n)
{
	uint64_t word = 0;

	for (size_t i = 0; i < n; i++) {
		word |= UINT64_C(1) << v[i] % 64;
		if (i + 1 < n && v[i + 1] / 64 == v[i] / 64)
			continue;
		pack_word(p, v[i] / 64, word);
		word = 0;
	}
}

const struct bitset *
bitset_of(struct arena *a, uint32_t nbits, uint32_t *v, size_t n)
{
	struct packing p = {0};

	if (n > 1)
		qsort(v, n, sizeof(*v), compare_number);
	pack_numbers(&p, v, n);
	pack_begin(&p, a, nbits);
	pack_numbers(&p, v, n);
	return p.b;
}

struct str
bitset_bytes(const struct bitset *b)
{
	assert(b->packed);
	return (struct str){(const char *)b->w,
	    b->nwords * sizeof(b->w[0]) + b->nruns * sizeof(struct run)};
}

/* The last run that begins at word I or before; 0 if none does. */
static uint32_t
find_run(const struct bitset *b, uint32_t i)
{
	const struct run *r = runs_of(b);
	uint32_t k;

	LOWER_BOUND(k, b->nruns, r[k].first <= i);
	return k > 0 ? k - 1 : 0;
}

uint64_t
bitset_packed_word(const struct bitset *b, uint32_t i)
{
	struct stretch s;

	if (b->nruns == 0)
		return 0;
	s = stretch_of(b, find_run(b, i));
	return i - s.first < s.n ? s.w[i - s.first] : 0;
}

static uint64_t *
words_to_change(struct bitset *dst, const struct bitset *src)
{
	assert(dst->nbits == src->nbits && !dst->packed);
	return dst->w;
}

void
bitset_copy(struct bitset *dst, const struct bitset *src)
{
	uint64_t *w = words_to_change(dst, src), *at = w;

	STRETCH_FOREACH(s, src)
	{
		memset(at, 0, (size_t)((char *)(w + s.first) - (char *)at));
		at = mempcpy(w + s.first, s.w, s.n * sizeof(s.w[0]));
	}
	memset(at, 0, (size_t)((char *)(w + dst->nwords) - (char *)at));
}

void
bitset_zero(struct bitset *b)
{
	assert(!b->packed);
	memset(b->w, 0, b->nwords * sizeof(b->w[0]));
}

void
bitset_fill(struct bitset *b)
{
	assert(!b->packed);
	memset(b->w, 0xff, b->nwords * sizeof(b->w[0]));
	if (b->nbits % 64)
		b->w[b->nwords - 1] = (UINT64_C(1) << b->nbits % 64) - 1;
}

void
bitset_or(struct bitset *dst, const struct bitset *src)
{
	uint64_t *w = words_to_change(dst, src);

	STRETCH_FOREACH(s, src)
	{
		for (uint32_t i = 0; i < s.n; i++)
			w[s.first + i] |= s.w[i];
	}
}

void
bitset_and(struct bitset *dst, const struct bitset *src)
{
	uint64_t *w = words_to_change(dst, src), *at = w;

	STRETCH_FOREACH(s, src)
	{
		memset(at, 0, (size_t)((char *)(w + s.first) - (char *)at));
		at = w + s.first;
		for (uint32_t i = 0; i < s.n; i++)
			*at++ &= s.w[i];
	}
	memset(at, 0, (size_t)((char *)(w + dst->nwords) - (char *)at));
}

void
bitset_andnot(struct bitset *dst, const struct bitset *src)
{
	uint64_t *w = words_to_change(dst, src);

	STRETCH_FOREACH(s, src)
	{
		for (uint32_t i = 0; i < s.n; i++)
			w[s.first + i] &= ~s.w[i];
	}
}

static bool
words_are_zero(const uint64_t *w, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (w[i])
			return false;
	}
	return true;
}

bool
bitset_empty(const struct bitset *b)
{
	return words_are_zero(b->w, b->nwords);
}

bool
bitset_eq(const struct bitset *a, const struct bitset *b)
{
	assert(a->nbits == b->nbits);
	if (!a->packed && !b->packed)
		return memcmp(a->w, b->w, a->nwords * sizeof(a->w[0])) == 0;
	return bitset_subset(a, b) && bitset_subset(b, a);
}

bool
bitset_intersects(const struct bitset *a, const struct bitset *b)
{
	struct stretch x = stretch_of(a, 0), y = stretch_of(b, 0);

	assert(a->nbits == b->nbits);
	while (x.w && y.w) {
		uint32_t x_end = x.first + x.n, y_end = y.first + y.n;
		uint32_t i = x.first > y.first ? x.first : y.first;
		uint32_t end = x_end < y_end ? x_end : y_end;

		for (; i < end; i++) {
			if (x.w[i - x.first] & y.w[i - y.first])
				return true;
		}
		if (x_end == end)
			x = stretch_of(a, x.index + 1);
		else
			y = stretch_of(b, y.index + 1);
	}
	return false;
}

/*
 * Whether the words of X are in B too; Y is B's first stretch that can reach
 * X, and moves on.
 */
static bool
stretch_subset(struct stretch x, const struct bitset *b, struct stretch *y)
{
	uint32_t at = x.first, end = x.first + x.n;

	while (at < end) {
		uint32_t stop;

		while (y->w && y->first + y->n <= at)
			*y = stretch_of(b, y->index + 1);
		stop = y->w && y->first < end ? y->first : end;
		if (stop > at &&
		    !words_are_zero(x.w + (at - x.first), stop - at))
			return false;
		at = stop > at ? stop : at;
		stop = y->w && y->first + y->n < end ? y->first + y->n : end;
		for (; at < stop && y->w; at++) {
			if (x.w[at - x.first] & ~y->w[at - y->first])
				return false;
		}
	}
	return true;
}

bool
bitset_subset(const struct bitset *a, const struct bitset *of)
{
	struct stretch y = stretch_of(of, 0);

	assert(a->nbits == of->nbits);
	STRETCH_FOREACH(x, a)
	{
		if (!stretch_subset(x, of, &y))
			return false;
	}
	return true;
}

uint32_t
bitset_count(const struct bitset *b)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < b->nwords; i++)
		n += (uint32_t)__builtin_popcountll(b->w[i]);
	return n;
}

uint32_t
bitset_next(const struct bitset *b, uint32_t from)
{
	uint32_t word = from / 64;
	struct stretch s = stretch_of(b, b->packed ? find_run(b, word) : 0);

	if (from >= b->nbits)
		return b->nbits;
	for (; s.w; s = stretch_of(b, s.index + 1)) {
		uint32_t i = word > s.first ? word - s.first : 0;

		for (; i < s.n; i++) {
			uint64_t w = s.w[i];

			if (s.first + i == word)
				w &= ~UINT64_C(0) << from % 64;
			if (w)
				return (s.first + i) * 64 +
				    (uint32_t)__builtin_ctzll(w);
		}
	}
	return b->nbits;
}
