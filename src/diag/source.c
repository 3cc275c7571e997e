/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources and places in them: lines and columns are found through tables that
 * are made when a place in the source is first asked for.
 */
#include "diag/source.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/repository.h"
#include "base/search.h"
#include "base/utf8.h"
#include "diag/printable.h"

/*
 * Code points are counted once, for each block of this many bytes, so that a
 * column costs the same anywhere in a line of a hundred megabytes.
 */
#define BLOCK 1024

static uint32_t
block_size(const struct source *src, uint32_t block)
{
	size_t left = src->text.n - (size_t)block * BLOCK;

	return left < BLOCK ? (uint32_t)left : BLOCK;
}

/* The line table, and the code points before each block. */
static void
index_text(struct arena *a, struct source *src)
{
	const char *text = src->text.s, *end = text + src->text.n, *p;
	uint32_t len = (uint32_t)src->text.n, nblocks = len / BLOCK + 1;
	uint32_t n = 1;

	for (p = text; (p = memchr(p, '\n', (size_t)(end - p))); p++)
		n++;
	src->lines = ARENA_ARRAY(a, uint32_t, n);
	src->nlines = n;
	n = 1;
	for (p = text; (p = memchr(p, '\n', (size_t)(end - p))); p++)
		src->lines[n++] = (uint32_t)(p + 1 - text);

	src->chars = ARENA_ARRAY(a, uint32_t, (size_t)nblocks + 1);
	for (uint32_t i = 0; i < nblocks; i++)
		src->chars[i + 1] = src->chars[i] +
		    (uint32_t)utf8_count((struct str){text + (size_t)i * BLOCK,
			block_size(src, i)});
}

static struct source *
get(struct source_set *set, uint32_t source)
{
	struct source *src;

	assert(source > 0 && source <= set->v.n);
	src = &set->v.v[source - 1];
	if (!src->lines)
		index_text(set->arena, src);
	return src;
}

static uint32_t
chars_before(const struct source *src, uint32_t offset)
{
	uint32_t block = offset / BLOCK, n = offset % BLOCK;
	uint32_t before = src->chars[block];

	/* Of ASCII, as most text is, each byte is one. */
	if (src->chars[block + 1] - before == block_size(src, block))
		return before + n;
	return before +
	    (uint32_t)utf8_count(
		(struct str){src->text.s + (size_t)block * BLOCK, n});
}

void
source_set_init(struct source_set *set, struct arena *a)
{
	*set = (struct source_set){.arena = a};
}

uint32_t
source_add(struct source_set *set, const char *name, struct str text)
{
	struct source *src;

	assert(text.n < UINT32_MAX && set->v.n < UINT32_MAX);
	src = vec_push(&set->v, set->arena);
	*src = (struct source){.name = name, .text = text.s ? text : STR("")};
	return (uint32_t)set->v.n;
}

struct span
source_add_point(struct source_set *set, uint32_t source,
    struct source_point point)
{
	struct source *src = &set->v.v[source - 1];
	uint32_t at = (uint32_t)src->points.n;

	assert(src->text.n == 0 && src->points.n < UINT32_MAX);
	*vec_push(&src->points, set->arena) = point;
	return (struct span){source, at, at};
}

/* The line of TEXT that ends before the offset END. */
static struct str
line_before(struct str text, size_t end)
{
	size_t start = end;

	while (start > 0 && text.s[start - 1] != '\n')
		start--;
	return (struct str){text.s + start, end - start};
}

/* What "# Source: " says at the head of the document that OFFSET is in. */
static struct str
template_of(const struct source *src, uint32_t offset)
{
	const struct str head = STR("# Source: ");
	struct str line;

	if (strcmp(src->name, SOURCE_STDIN) != 0)
		return STR("");
	line = line_before(src->text, offset);
	while (line.s > src->text.s) {
		line =
		    line_before(src->text, (size_t)(line.s - src->text.s) - 1);
		if (str_starts(line, head))
			return (struct str){line.s + head.n, line.n - head.n};
		if (str_starts(line, STR("---")))
			break;
	}
	return STR("");
}

struct place
source_place(struct source_set *set, struct span at)
{
	const struct source *src;
	uint32_t offset, line;

	if (at.source == 0)
		return (struct place){0};
	src = get(set, at.source);
	if (at.start < src->points.n) {
		const struct source_point *p = &src->points.v[at.start];

		return (struct place){src->name, p->line, p->col, p->template};
	}
	offset = at.start < src->text.n ? at.start : (uint32_t)src->text.n;

	/* The line after the one that has the offset, counted from 0. */
	LOWER_BOUND(line, src->nlines, src->lines[line] <= offset);
	return (struct place){
	    .file = src->name,
	    .line = line,
	    .col = chars_before(src, offset) -
		chars_before(src, src->lines[line - 1]) + 1,
	    .template = template_of(src, offset),
	};
}

struct str
source_line(struct source_set *set, uint32_t source, uint32_t line)
{
	const struct source *src = get(set, source);
	const char *s;
	size_t n;

	assert(line > 0);
	if (line > src->nlines)
		return STR("");
	s = src->text.s + src->lines[line - 1];
	if (line < src->nlines)
		n = src->lines[line] - src->lines[line - 1] - 1;
	else
		n = src->text.n - src->lines[line - 1];
	if (n > 0 && s[n - 1] == '\r')
		n--;
	return (struct str){s, n};
}

void
source_put_template(struct buf *out, struct place p)
{
	if (p.template.n == 0)
		return;
	buf_puts(out, " (");
	printable_put(out, p.template, SIZE_MAX);
	buf_putc(out, ')');
}

const char *
source_where(struct source_set *set, struct span at)
{
	struct place p = source_place(set, at);
	struct buf b;

	if (!p.file)
		return "(built in)";
	buf_init(&b, set->arena);
	printable_put(&b, str_of(p.file), SIZE_MAX);
	buf_printf(&b, ":%u", p.line);
	source_put_template(&b, p);
	return b.p;
}

const char *
source_file(struct source_set *set, uint32_t source)
{
	struct source *src = &set->v.v[source - 1];

	if (!src->file && strcmp(src->name, SOURCE_STDIN) == 0)
		src->file = src->name;
	else if (!src->file)
		src->file = repository_path(set->arena, src->name);
	return src->file;
}

struct str
source_text(const struct source_set *set, struct span at)
{
	const struct source *src = &set->v.v[at.source - 1];

	return src->points.n > 0
	    ? STR("")
	    : (struct str){src->text.s + at.start, at.end - at.start};
}
