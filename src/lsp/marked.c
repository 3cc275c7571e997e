/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree around a word that is being written.  Its place is held by a mark,
 * so that the text is YAML again.  Where it still is none, what comes after the
 * word is left out, as are the documents before, and what is open is closed.
 */
#include <string.h>

#include "lsp/session.h"

/* Brackets that are open, the last one last. */
enum { OPEN_MAX = 64 };

struct brackets {
	char close[OPEN_MAX];
	size_t n;
};

/* Where the document begins that the byte AT is in. */
static uint32_t
document_start(struct str text, uint32_t at)
{
	while (at > 0 &&
	    !(text.s[at - 1] == '\n' && at + 3 <= text.n &&
		memcmp(text.s + at, "---", 3) == 0))
		at--;
	return at;
}

/* Whether a value may begin after the N bytes at S, INSIDE of brackets or not.
 */
static bool
begins(const char *s, size_t n, bool inside)
{
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	return n == 0 || strchr(inside ? "\n:,[{" : "\n:-?", s[n - 1]);
}

/* The end of the text in quotes that begins at I. */
static size_t
skip_quoted(struct str text, size_t i)
{
	char quote = text.s[i++];

	while (i < text.n && text.s[i] != quote)
		i += text.s[i] == '\\' && quote == '"' ? 2 : 1;
	return i;
}

/* Which brackets TEXT leaves open. */
static void
find_open(struct brackets *b, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.s[i];

		if (c == '#' && (i == 0 || strchr(" \t\n", text.s[i - 1]))) {
			while (i + 1 < text.n && text.s[i + 1] != '\n')
				i++;
		} else if ((c == '"' || c == '\'') &&
		    begins(text.s, i, b->n > 0)) {
			i = skip_quoted(text, i);
		} else if ((c == '{' || c == '[') && b->n < OPEN_MAX &&
		    begins(text.s, i, b->n > 0)) {
			b->close[b->n++] = c == '{' ? '}' : ']';
		} else if (b->n > 0 && c == b->close[b->n - 1]) {
			b->n--;
		}
	}
}

void
marked_read(struct arena *a, struct str text, struct span word,
    const char *mark, bool alone, struct ydocs *ret)
{
	uint32_t start = alone ? document_start(text, word.start) : 0;
	struct str before = {text.s + start, word.start - start};
	struct brackets open = {.n = 0};
	struct diag_sink sink;
	struct buf b;

	buf_init(&b, a);
	buf_repeat(&b, '\n', start);
	buf_put(&b, before.s, before.n);
	buf_puts(&b, mark);
	if (alone) {
		find_open(&open, before);
		while (open.n > 0)
			buf_putc(&b, open.close[--open.n]);
		buf_putc(&b, '\n');
	} else {
		buf_put(&b, text.s + word.end, text.n - word.end);
	}
	diag_sink_init(&sink, a);
	*ret = (struct ydocs){0};
	yaml_read(a, &sink, buf_as_str(&b), 1, &ylimits_default, ret);
}
