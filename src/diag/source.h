/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where text came from.  A span is a range of bytes in one source; everything
 * that a diagnostic, a rule or a verdict points at carries one.  Lines and
 * columns count from 1, columns in code points, and are worked out only when
 * something is printed.
 */

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/vec.h"

struct span {
	uint32_t source; /* index into source_set, plus one; 0 = no place */
	uint32_t start;  /* byte offsets into the source's text, */
	uint32_t end;    /* start <= end */
};

/* Whether A and B are the same. */
static inline bool
span_same(struct span a, struct span b)
{
	return a.source == b.source && a.start == b.start && a.end == b.end;
}

#define SOURCE_STDIN "<stdin>"

/* A place in a text that is not there. */
struct source_point {
	uint32_t line, col;
	struct str template; /* of struct place */
};

struct source {
	const char *name; /* as the user gave it; "<stdin>" for - */
	struct str text;
	bool context;    /* from --cluster: read, never linted itself */
	bool named;      /* it was asked for by its name: to hold something */
	bool asked;      /* INPUT names it, or a folder that it is in */
	uint32_t *lines; /* start offsets, built on first use; or NULL */
	uint32_t nlines;
	uint32_t *chars;  /* code points before each block, and in all */
	const char *file; /* what source_file() found; or NULL */
	/* In place of the text: what spans count. */
	VEC(struct source_point) points;
};

struct source_set {
	struct arena *arena;
	VEC(struct source) v;
};

/* A place as people read it. */
struct place {
	const char *file;   /* NULL when the span has no place */
	uint32_t line, col; /* 1-based; 0 when the span has no place */
	/* Of standard input: the template that `helm template` says the
	 * document is made from, or "". */
	struct str template;
};

void source_set_init(struct source_set *set, struct arena *a);

/* Adds a source; the result goes into span.source. TEXT must outlive SET. */
uint32_t source_add(struct source_set *set, const char *name, struct str text);

/* Adds a place to a source that has no text; it is the span. */
struct span source_add_point(struct source_set *set, uint32_t source,
    struct source_point point);

/*
 * The file of a source by its name in its repository (base/repository.h), the
 * same however it was asked for.
 */
const char *source_file(struct source_set *set, uint32_t source);

/* What AT holds. */
struct str source_text(const struct source_set *set, struct span at);

/* Where AT begins; an offset after the text is taken as its end. */
struct place source_place(struct source_set *set, struct span at);

/* The text of line LINE (1-based) without its newline; "" after the last. */
struct str source_line(struct source_set *set, uint32_t source, uint32_t line);

/* " (chart/templates/web.yaml)", or nothing. */
void source_put_template(struct buf *out, struct place p);

/* "file:line" of a span, printable, or "(built in)" for no place. */
const char *source_where(struct source_set *set, struct span at);
