/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gathers cells, then puts them in columns.
 */
#include "report/table.h"

#include <assert.h>

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
