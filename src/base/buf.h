/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A growing byte buffer in an arena, for building output.
 *
 *     struct buf b;
 *
 *     buf_init(&b, arena);
 *     buf_printf(&b, "%u of ", n);
 *     buf_str(&b, name);
 *     return buf_as_str(&b);
 *
 * b.p has a NUL after its b.n bytes; it is NULL until something is put, and
 * moves when the buffer grows.
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

struct buf {
	struct arena *arena;
	char *p;
	size_t n, cap;
};

void buf_init(struct buf *b, struct arena *a);
void buf_put(struct buf *b, const void *p, size_t n);
void buf_putc(struct buf *b, char c);
void buf_puts(struct buf *b, const char *s);
void buf_str(struct buf *b, struct str s);
void buf_repeat(struct buf *b, char c, size_t n);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

static inline struct str
buf_as_str(const struct buf *b)
{
	return (struct str){b->p ? b->p : "", b->n};
}
