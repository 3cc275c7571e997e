/* SPDX-License-Identifier: Apache-2.0 */
/* The growing byte buffer: it doubles, and always ends in a NUL. */
#include "base/buf.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define CAP_MIN 64

/* Makes room for N more bytes and the NUL. */
static void
buf_room(struct buf *b, size_t n)
{
	size_t need, cap = b->cap;

	if (n < cap - b->n)
		return;
	need = b->n + n;
	assert(need >= n && need < PTRDIFF_MAX / 2);
	if (cap == 0)
		cap = CAP_MIN;
	while (cap <= need)
		cap *= 2;
	b->p = arena_grow(b->arena, b->p, b->cap, cap);
	b->cap = cap;
}

void
buf_init(struct buf *b, struct arena *a)
{
	*b = (struct buf){.arena = a};
}

void
buf_put(struct buf *b, const void *p, size_t n)
{
	buf_room(b, n);
	if (n > 0)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void
buf_putc(struct buf *b, char c)
{
	buf_room(b, 1);
	b->p[b->n++] = c;
	b->p[b->n] = '\0';
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_str(struct buf *b, struct str s)
{
	buf_put(b, s.s, s.n);
}

void
buf_repeat(struct buf *b, char c, size_t n)
{
	buf_room(b, n);
	memset(b->p + b->n, c, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

void
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	buf_room(b, 0);
	n = vsnprintf(b->p + b->n, b->cap - b->n, fmt, ap);
	assert(n >= 0);
	if ((size_t)n >= b->cap - b->n) {
		buf_room(b, (size_t)n);
		vsnprintf(b->p + b->n, b->cap - b->n, fmt, again);
	}
	b->n += (size_t)n;
	va_end(again);
}
