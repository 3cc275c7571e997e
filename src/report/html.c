/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elements, attributes and text; a page around them.
 */
#include "report/html.h"

#include <assert.h>
#include <string.h>

#include "diag/printable.h"
#include "report/page.h"

/* What C is as markup; NULL: itself. */
static const char *
entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	default:
		return NULL;
	}
}

void
html_str(struct html *h, struct str text)
{
	while (text.n > 0) {
		const char *as = entity(*text.s);
		unsigned columns;
		size_t n = 1;

		if (as)
			buf_puts(h->out, as);
		else
			n = printable_char(h->out, text, &columns);
		text = (struct str){text.s + n, text.n - n};
	}
}

void
html_cstr(struct html *h, const char *text)
{
	html_str(h, str_of(text));
}

void
html_printf(struct html *h, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	html_cstr(h, arena_vprintf(h->out->arena, fmt, ap));
	va_end(ap);
}

static void
put_tag(struct html *h, const char *tag, va_list ap)
{
	const char *name;

	buf_printf(h->out, "<%s", tag);
	while ((name = va_arg(ap, const char *))) {
		const char *value = va_arg(ap, const char *);

		buf_printf(h->out, " %s", name);
		if (!*value)
			continue;
		buf_puts(h->out, "=\"");
		html_cstr(h, value);
		buf_putc(h->out, '"');
	}
	buf_putc(h->out, '>');
}

void
html_open(struct html *h, const char *tag, ...)
{
	va_list ap;

	assert(h->depth < HTML_DEPTH);
	va_start(ap, tag);
	put_tag(h, tag, ap);
	va_end(ap);
	h->tag[h->depth++] = tag;
}

void
html_empty(struct html *h, const char *tag, ...)
{
	va_list ap;

	va_start(ap, tag);
	put_tag(h, tag, ap);
	va_end(ap);
}

void
html_close(struct html *h)
{
	assert(h->depth > 0);
	buf_printf(h->out, "</%s>", h->tag[--h->depth]);
	/* Lines of some length, which tools and people like better. */
	if (h->depth < 4)
		buf_putc(h->out, '\n');
}

void
html_text(struct html *h, const char *tag, const char *class, const char *text)
{
	if (class)
		html_open(h, tag, "class", class, NULL);
	else
		html_open(h, tag, NULL);
	html_cstr(h, text);
	html_close(h);
}

void
html_page(struct html *h, struct buf *out, const char *title)
{
	*h = (struct html){.out = out};
	buf_puts(out, "<!DOCTYPE html>\n");
	html_open(h, "html", "lang", "en", NULL);
	html_open(h, "head", NULL);
	html_empty(h, "meta", "charset", "utf-8", NULL);
	html_empty(h, "meta", "http-equiv", "Content-Security-Policy",
	    "content", page_policy, NULL);
	html_empty(h, "meta", "name", "viewport", "content",
	    "width=device-width", NULL);
	html_text(h, "title", NULL, title);
	buf_printf(out, "<style>%s</style>\n", page_css);
	html_close(h);
	html_open(h, "body", NULL);
	html_open(h, "main", NULL);
	html_text(h, "h1", NULL, title);
}

void
html_end_page(struct html *h)
{
	html_close(h);
	buf_printf(h->out, "<script>%s</script>\n", page_js);
	html_close(h);
	html_close(h);
	assert(h->depth == 0);
}
