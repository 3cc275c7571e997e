/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A table.  For people: columns as wide as their widest cell, two spaces
 * between them, nothing after the last.  For programs and pages: CSV and
 * Markdown, of which the first row is the head.  Cells may hold any input;
 * what could steer a terminal comes out escaped.
 *
 *     struct table t;
 *     table_init(&t, arena, "rl");
 *     table_cell(&t, "%u", 256);
 *     table_str(&t, name);
 *     table_put(out, &t, 2);
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/vec.h"

struct table_cell {
	size_t start, end; /* in table.text */
	size_t width;      /* in columns */
};

struct table {
	struct arena *arena;
	const char *align;            /* 'l' or 'r' for each column */
	struct buf text;              /* of all cells */
	VEC(struct table_cell) cells; /* row by row */
};

void table_init(struct table *t, struct arena *a, const char *align);

/* The next cell; a row is full when it has one for each column. */
void table_str(struct table *t, struct str text);
void table_cell(struct table *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The next cells, separated by '|': "IDENTITY|LABELS". */
void table_words(struct table *t, const char *words);

/* The first row in capitals, which people take for the head. */
void table_upper_head(struct table *t);

/* All rows, INDENT spaces in front of each. */
void table_put(struct buf *out, const struct table *t, unsigned indent);

/* All rows as RFC 4180 has them, but for the ends of lines, and as Markdown. */
void table_put_csv(struct buf *out, const struct table *t);
void table_put_markdown(struct buf *out, const struct table *t);

static inline size_t
table_rows(const struct table *t)
{
	return t->cells.n / strlen(t->align);
}
