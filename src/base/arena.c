/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regions: blocks of zeroed memory, from calloc() while they are small, mapped
 * in huge pages when they are large.  Objects follow each other in the newest
 * block; a large one has a block of its own, which can grow without a copy.
 */
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGN alignof(uint64_t)
#define BLOCK_MIN ((size_t)64 << 10)
#define BLOCK_MAX ((size_t)16 << 20)

/*
 * Blocks of twice this size and more are mapped, in pages of this size where
 * the system has them: for a big input, faults of small ones would take a
 * fifth of all time.
 */
#define HUGE_PAGE ((size_t)2 << 20)

/* Bytes at and above USED are zero: blocks come from calloc or mmap. */
struct arena_block {
	struct arena_block *next;
	size_t size; /* of data */
	size_t used; /* a multiple of ALIGN */
	alignas(ALIGN) unsigned char data[];
};

_Noreturn void
arena_exhausted(void)
{
	fputs("cnpc: out of memory\n", stderr);
	exit(4);
}

static bool
is_mapped(size_t size)
{
	return size >= 2 * HUGE_PAGE;
}

static struct arena_block *
block_new(size_t size)
{
	size_t bytes = sizeof(struct arena_block) + size;
	struct arena_block *b;

	if (!is_mapped(size)) {
		b = calloc(1, bytes);
		if (!b)
			arena_exhausted();
	} else {
		b = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (b == MAP_FAILED)
			arena_exhausted();
		/* Only speed depends on it. */
		madvise(b, bytes, MADV_HUGEPAGE);
	}
	b->size = size;
	return b;
}

static void
block_free(struct arena_block *b)
{
	if (is_mapped(b->size))
		munmap(b, sizeof(*b) + b->size);
	else
		free(b);
}

/* What an object of SIZE bytes occupies: never nothing. */
static size_t
footprint(size_t size)
{
	if (size > PTRDIFF_MAX - sizeof(struct arena_block) - ALIGN)
		arena_exhausted();
	return size ? (size + ALIGN - 1) & ~(ALIGN - 1) : ALIGN;
}

/* A block with room for SIZE: the head, or a new one. */
static struct arena_block *
block_for(struct arena *a, size_t size)
{
	struct arena_block *head = a->head, *b;
	size_t fresh = BLOCK_MIN;

	if (head && size <= head->size - head->used)
		return head;
	if (head && size > BLOCK_MAX / 4) {
		/* After the head, whose rest stays in use. */
		b = block_new(size);
		b->next = head->next;
		head->next = b;
		return b;
	}
	if (head)
		fresh = head->size < BLOCK_MAX / 2 ? head->size * 2 : BLOCK_MAX;
	if (size > fresh / 4)
		fresh = size > BLOCK_MAX / 4 ? size : 4 * size;
	b = block_new(fresh);
	b->next = head;
	a->head = b;
	return b;
}

void
arena_free(struct arena *a)
{
	struct arena_block *b, *next;

	for (b = a->head; b; b = next) {
		next = b->next;
		block_free(b);
	}
	*a = (struct arena){0};
}

void
arena_reset(struct arena *a)
{
	struct arena_block *b, *next, *keep = a->head;

	for (b = a->head; b; b = b->next)
		if (b->size > keep->size)
			keep = b;
	for (b = a->head; b; b = next) {
		next = b->next;
		if (b != keep)
			block_free(b);
	}
	if (keep) {
		memset(keep->data, 0, keep->used);
		keep->used = 0;
		keep->next = NULL;
	}
	*a = (struct arena){.head = keep};
}

void *
arena_alloc(struct arena *a, size_t size)
{
	size_t room = footprint(size);
	struct arena_block *b = block_for(a, room);
	void *p = b->data + b->used;

	b->used += room;
	a->used += room;
	return p;
}

void *
arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		arena_exhausted();
	return arena_alloc(a, bytes);
}

/*
 * The link to the mapped block that P has for itself, of the two blocks that
 * large objects come into; NULL when there is none.
 */
static struct arena_block **
own_block(struct arena *a, const void *p, size_t had)
{
	struct arena_block **link = &a->head;

	for (int i = 0; i < 2 && *link; i++, link = &(*link)->next) {
		if (is_mapped((*link)->size) && p == (*link)->data &&
		    (*link)->used == had)
			return link;
	}
	return NULL;
}

/* A mapped block grown to SIZE without a copy. */
static struct arena_block *
block_grow(struct arena_block *b, size_t size)
{
	size_t bytes = sizeof(*b) + size;

	b = mremap(b, sizeof(*b) + b->size, bytes, MREMAP_MAYMOVE);
	if (b == MAP_FAILED)
		arena_exhausted();
	madvise(b, bytes, MADV_HUGEPAGE);
	b->size = size;
	return b;
}

void *
arena_grow(struct arena *a, void *p, size_t old, size_t size)
{
	struct arena_block *b = a->head, **own;
	size_t had = footprint(old), room = footprint(size);
	void *q;

	assert(size >= old && (p || old == 0));
	if (p && room == had)
		return p;
	if (p && (unsigned char *)p + had == b->data + b->used &&
	    room - had <= b->size - b->used) {
		b->used += room - had;
		a->used += room - had;
		return p;
	}
	own = p ? own_block(a, p, had) : NULL;
	if (own) {
		*own = block_grow(*own, room);
		(*own)->used = room;
		a->used += room - had;
		return (*own)->data;
	}
	q = arena_alloc(a, size);
	if (old > 0)
		memcpy(q, p, old);
	return q;
}

void
arena_shrink(struct arena *a, void *p, size_t old, size_t size)
{
	struct arena_block *b = a->head;
	size_t had = footprint(old), room = footprint(size);

	assert(size <= old);
	if (!b || (unsigned char *)p + had != b->data + b->used)
		return;
	memset((unsigned char *)p + room, 0, had - room);
	b->used -= had - room;
	a->used -= had - room;
}

char *
arena_dup(struct arena *a, const char *s, size_t n)
{
	char *p;

	if (n == SIZE_MAX)
		arena_exhausted();
	p = arena_alloc(a, n + 1);
	if (n > 0)
		memcpy(p, s, n);
	return p;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return s;
}

char *
arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char *s;
	int n;

	assert(fmt); /* else gcc warns under -fsanitize=undefined */
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	assert(n >= 0);
	s = arena_alloc(a, (size_t)n + 1);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	return s;
}
