/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Region memory: everything that a unit builds lives in an arena and is freed
 * with it, never singly.  Blocks grow by doubling up to a bound.
 *
 * Every returned pointer is zeroed, aligned for numbers of 64 bits, and valid
 * until arena_reset() or arena_free().  Running out of memory ends the process
 * with exit status 4: no caller can do better, so no function here returns
 * NULL.
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct arena_block;

struct arena {
	struct arena_block *head; /* the block being filled; NULL when empty */
	size_t used;              /* bytes handed out since the last reset */
};

/* Frees every block; the arena is empty and can be used again. */
void arena_free(struct arena *a);

/* Forgets all objects but keeps the largest block for reuse. */
void arena_reset(struct arena *a);

/* SIZE zeroed bytes (SIZE 0 gives a unique non-NULL pointer). */
void *arena_alloc(struct arena *a, size_t size);

/* N objects of SIZE bytes, zeroed; the product is checked for overflow. */
void *arena_array(struct arena *a, size_t n, size_t size);

/*
 * Grows an object of OLD bytes (P may be NULL for none): in place when it is
 * the newest, by moving its pages when it is large, else by a copy.
 */
void *arena_grow(struct arena *a, void *p, size_t old, size_t size);

/*
 * Takes back all but SIZE bytes of an object of OLD bytes, if it is the
 * newest.
 */
void arena_shrink(struct arena *a, void *p, size_t old, size_t size);

/* A NUL-terminated copy of N bytes. */
char *arena_dup(struct arena *a, const char *s, size_t n);

/* printf into the arena. */
char *arena_printf(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

/* Says that there is no memory left, and ends the process with status 4. */
_Noreturn void arena_exhausted(void);

#define ARENA_NEW(a, T) ((T *)arena_alloc((a), sizeof(T)))
#define ARENA_ARRAY(a, T, n) ((T *)arena_array((a), (n), sizeof(T)))
