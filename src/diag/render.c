/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Diagnostics as text: the place, the message, the source line and the mark
 * under it; and the page that `cnpc explain` prints.
 */
#include "diag/render.h"

#include <string.h>

#include "base/utf8.h"
#include "diag/printable.h"

#define TAB 8
#define MAX_COLUMNS 160 /* of a source line that is shown */
#define LEAD 60         /* characters shown before the mark in a cut line */
#define EXPLAIN_WIDTH 78

struct colors {
	const char *bold, *level[DIAG_UNSUPPORTED + 1], *off;
};

static const struct colors plain = {"", {"", "", "", "", ""}, ""};
static const struct colors ansi = {
    .bold = "\033[1m",
    .level =
	{
	    [DIAG_NOTE] = "\033[1;36m",
	    [DIAG_STYLE] = "\033[1;36m",
	    [DIAG_WARNING] = "\033[1;35m",
	    [DIAG_ERROR] = "\033[1;31m",
	    [DIAG_UNSUPPORTED] = "\033[1;31m",
	},
    .off = "\033[0m",
};

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* "shop.yaml:12:5: warning: " */
static void
put_head(struct buf *out, struct source_set *set, struct span at,
    enum diag_level level, const struct colors *c)
{
	struct place p = source_place(set, at);

	buf_puts(out, c->bold);
	if (p.file) {
		printable_put(out, str_of(p.file), SIZE_MAX);
		buf_printf(out, ":%u:%u", p.line, p.col);
		source_put_template(out, p);
		buf_putc(out, ':');
	} else {
		buf_puts(out, "cnpc:");
	}
	buf_printf(out, "%s %s%s:%s ", c->off, c->level[level],
	    diag_level_name(level), c->off);
}

/*
 * Puts the character of LINE that begins at byte I where COLUMN columns are
 * already taken, and returns its length in bytes.
 */
static size_t
put_char(struct buf *out, struct str line, size_t i, unsigned column,
    unsigned *ret_columns)
{
	if (line.s[i] == '\t') {
		*ret_columns = TAB - column % TAB;
		buf_repeat(out, ' ', *ret_columns);
		return 1;
	}
	return printable_char(out, (struct str){line.s + i, line.n - i},
	    ret_columns);
}

/* The columns that put_char() would take: it puts, and takes back. */
static unsigned
measure(struct buf *out, struct str line, size_t i, unsigned column,
    size_t *ret_len)
{
	size_t before = out->n;
	unsigned columns;

	*ret_len = put_char(out, line, i, column, &columns);
	out->n = before;
	return columns;
}

/* Whether LINE takes more than MAX_COLUMNS; looks at no more than these. */
static bool
is_long(struct buf *out, struct str line)
{
	unsigned column = 0;
	size_t len;

	for (size_t i = 0; i < line.n && column <= MAX_COLUMNS; i += len)
		column += measure(out, line, i, column, &len);
	return column > MAX_COLUMNS;
}

/* Where a long line is cut, so that the character at byte I is in view. */
static size_t
cut_before(struct buf *out, struct str line, size_t i)
{
	unsigned column = 0;

	while (i > 0 && column < LEAD) {
		size_t back = i < 4 ? i : 4, len;
		unsigned columns;

		/* Back over the longest character that ends here. */
		line.n = i;
		while (columns = measure(out, line, i - back, 0, &len),
		    len != back)
			back--;
		i -= back;
		column += columns;
	}
	return i;
}

/* What is marked in a line: bytes of it, and the columns that they take. */
struct mark {
	size_t start, end;
	unsigned column, column_end;
};

/* Puts LINE, cut where it is long, and finds the columns of M. */
static void
put_line(struct buf *out, struct str line, struct mark *m)
{
	unsigned column = 0, columns;
	size_t i = 0;

	if (is_long(out, line))
		i = cut_before(out, line, m->start);
	if (i > 0) {
		buf_puts(out, "...");
		column = m->column = 3;
	}
	while (i < line.n && column < MAX_COLUMNS) {
		i += put_char(out, line, i, column, &columns);
		column += columns;
		if (i <= m->start)
			m->column = column;
		if (i <= m->end)
			m->column_end = column;
	}
	buf_puts(out, i < line.n ? "...\n" : "\n");
}

/* The line that AT begins in, and a mark under what of it is in AT. */
static void
put_marked(struct buf *out, struct source_set *set, struct span at,
    const char *color, const char *off)
{
	uint32_t number = source_place(set, at).line;
	struct str line = source_line(set, at.source, number);
	size_t first = (size_t)(line.s - set->v.v[at.source - 1].text.s);
	size_t before = out->n, gutter;
	struct mark m = {
	    .start = least(at.start - first, line.n),
	    .end = least(at.end - first, line.n),
	};

	buf_printf(out, "%5u", number);
	gutter = out->n - before;
	buf_puts(out, " | ");
	put_line(out, line, &m);

	buf_repeat(out, ' ', gutter);
	buf_puts(out, " | ");
	buf_repeat(out, ' ', m.column);
	buf_printf(out, "%s^", color);
	if (m.column_end > m.column + 1)
		buf_repeat(out, '~', m.column_end - m.column - 1);
	buf_printf(out, "%s\n", off);
}

static void
put_diag(struct buf *out, struct source_set *set, const struct diag *d,
    const struct colors *c)
{
	put_head(out, set, d->at, d->level, c);
	buf_printf(out, "%s [CNP%03u]\n", d->text, d->id);
	if (d->at.source)
		put_marked(out, set, d->at, c->level[d->level], c->off);
	VEC_FOREACH (note, &d->notes) {
		put_head(out, set, note->at.source ? note->at : d->at,
		    DIAG_NOTE, c);
		buf_printf(out, "%s\n", note->text);
	}
}

/* TEXT in lines of at most EXPLAIN_WIDTH characters. */
void
diag_put_wrapped(struct buf *out, const char *text)
{
	size_t used = 0;

	while (*text) {
		size_t n = strcspn(text, " \n");
		size_t chars = utf8_count((struct str){text, n});

		if (used > 0 && used + 1 + chars > EXPLAIN_WIDTH) {
			buf_putc(out, '\n');
			used = 0;
		} else if (used > 0) {
			buf_putc(out, ' ');
			used++;
		}
		buf_put(out, text, n);
		used += chars;
		text += n;
		for (; *text == ' ' || *text == '\n'; text++) {
			if (*text == '\n') {
				buf_putc(out, '\n');
				used = 0;
			}
		}
	}
	buf_putc(out, '\n');
}

static void
put_example(struct buf *out, const char *title, const char *text)
{
	if (!text)
		return;
	buf_printf(out, "\n%s:\n\n", title);
	while (*text) {
		size_t n = strcspn(text, "\n");

		if (n > 0)
			buf_puts(out, "    ");
		buf_put(out, text, n);
		buf_putc(out, '\n');
		text += n + (text[n] == '\n');
	}
}

void
diag_render_text(struct buf *out, struct source_set *set,
    struct diag_sink *sink, bool color)
{
	diag_sort(sink);
	VEC_FOREACH (d, &sink->v)
		put_diag(out, set, *d, color ? &ansi : &plain);
}

void
diag_render_explain(struct buf *out, const struct diag_info *info)
{
	buf_printf(out, "CNP%03u %s (%s%s%s)\n", info->id, info->name,
	    diag_level_name(info->level), info->family ? ", " : "",
	    info->family ? info->family : "");
	diag_put_wrapped(out, info->text);
	buf_putc(out, '\n');
	diag_put_wrapped(out, info->explain);
	put_example(out, "Example", info->bad);
	put_example(out, "Mended", info->good);
}
