/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gathers cells, then puts them in columns, or between commas or bars.
 */
#include "report/table.h"

#include <assert.h>
#include <string.h>

#include "base/ascii.h"
#include "diag/printable.h"

enum {
	GAP = 2 /* columns between two cells */
};

void
table_init(struct table *t, struct arena *a, const char *align)
{
	*t = (struct table){.arena = a, .align = align};
	buf_init(&t->text, a);
}

void
table_str(struct table *t, struct str text)
{
	struct table_cell *cell = vec_push(&t->cells, t->arena);

	cell->start = t->text.n;
	while (text.n > 0) {
		unsigned columns;
		size_t n = printable_char(&t->text, text, &columns);

		cell->width += columns;
		text = (struct str){text.s + n, text.n - n};
	}
	cell->end = t->text.n;
}

void
table_cell(struct table *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	table_str(t, str_of(arena_vprintf(t->arena, fmt, ap)));
	va_end(ap);
}

void
table_words(struct table *t, const char *words)
{
	for (;;) {
		size_t n = strcspn(words, "|");

		table_str(t, (struct str){words, n});
		if (!words[n])
			return;
		words += n + 1;
	}
}

void
table_upper_head(struct table *t)
{
	size_t columns = strlen(t->align);

	for (size_t i = 0; i < columns && i < t->cells.n; i++) {
		for (size_t k = t->cells.v[i].start; k < t->cells.v[i].end; k++)
			t->text.p[k] = ascii_upper(t->text.p[k]);
	}
}

void
table_put(struct buf *out, const struct table *t, unsigned indent)
{
	size_t columns = strlen(t->align);
	size_t *width = ARENA_ARRAY(t->arena, size_t, columns);

	assert(t->cells.n % columns == 0);
	for (size_t i = 0; i < t->cells.n; i++) {
		if (t->cells.v[i].width > width[i % columns])
			width[i % columns] = t->cells.v[i].width;
	}
	for (size_t i = 0; i < t->cells.n; i++) {
		const struct table_cell *cell = &t->cells.v[i];
		size_t c = i % columns, pad = width[c] - cell->width;

		buf_repeat(out, ' ', c == 0 ? indent : GAP);
		if (t->align[c] == 'r')
			buf_repeat(out, ' ', pad);
		if (cell->end > cell->start)
			buf_put(out, t->text.p + cell->start,
			    cell->end - cell->start);
		if (t->align[c] == 'l')
			buf_repeat(out, ' ', pad);
		if (c + 1 == columns) {
			while (out->n > 0 && out->p[out->n - 1] == ' ')
				out->n--;
			buf_putc(out, '\n');
		}
	}
}

static struct str
text_of(const struct table *t, const struct table_cell *cell)
{
	size_t n = cell->end - cell->start;

	return n > 0 ? (struct str){t->text.p + cell->start, n} : STR("");
}

void
table_put_csv(struct buf *out, const struct table *t)
{
	size_t columns = strlen(t->align);

	for (size_t i = 0; i < t->cells.n; i++) {
		struct str text = text_of(t, &t->cells.v[i]);
		bool quoted = false;

		for (size_t k = 0; k < text.n; k++)
			quoted |= text.s[k] == ',' || text.s[k] == '"';
		if (quoted)
			buf_putc(out, '"');
		for (size_t k = 0; k < text.n; k++) {
			if (text.s[k] == '"')
				buf_putc(out, '"');
			buf_putc(out, text.s[k]);
		}
		if (quoted)
			buf_putc(out, '"');
		buf_putc(out, (i + 1) % columns == 0 ? '\n' : ',');
	}
}

/* What would end a cell, or change how it looks, is escaped. */
static void
put_markdown(struct buf *out, struct str text)
{
	buf_putc(out, ' ');
	for (size_t i = 0; i < text.n; i++) {
		if (strchr("|*_`<[\\", text.s[i]))
			buf_putc(out, '\\');
		buf_putc(out, text.s[i]);
	}
	buf_puts(out, " |");
}

void
table_put_markdown(struct buf *out, const struct table *t)
{
	size_t columns = strlen(t->align);

	for (size_t i = 0; i < t->cells.n; i++) {
		if (i % columns == 0)
			buf_putc(out, '|');
		put_markdown(out, text_of(t, &t->cells.v[i]));
		if ((i + 1) % columns == 0)
			buf_putc(out, '\n');
		if (i + 1 != columns)
			continue;
		buf_putc(out, '|');
		for (size_t c = 0; c < columns; c++)
			buf_puts(out,
			    t->align[c] == 'r' ? " ---: |" : " --- |");
		buf_putc(out, '\n');
	}
}
