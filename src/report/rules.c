/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of lint as pages for people. */
#include "report/rules.h"

#include <string.h>

#include "diag/render.h"
#include "report/html.h"

bool
rule_has_page(const struct diag_info *info)
{
	return info->family;
}

/* TEXT so that Markdown prints it as it is, in OUT's arena. */
static const char *
escaped(const struct buf *out, const char *text)
{
	struct buf b;

	buf_init(&b, out->arena);
	for (; *text; text++) {
		if (strchr("\\`*_<>#[]|", *text))
			buf_putc(&b, '\\');
		buf_putc(&b, *text);
	}
	return buf_as_str(&b).s;
}

static void
put_example(struct buf *out, const char *title, const char *text)
{
	if (text)
		buf_printf(out, "\n## %s\n\n```yaml\n%s```\n", title, text);
}

void
rule_put_markdown(struct buf *out, const struct diag_info *info)
{
	buf_printf(out,
	    "# CNP%03u %s\n\n%s, family %s, since cnpc %s\n\n> %s\n\n",
	    info->id, info->name, diag_level_name(info->level), info->family,
	    info->since, escaped(out, info->text));
	diag_put_wrapped(out, escaped(out, info->explain));
	put_example(out, "Example", info->bad);
	put_example(out, "Instead", info->good);
	buf_printf(out,
	    "\n## Where it is meant\n\n"
	    "A comment on the line, or on one of its own above it, says so and "
	    "why:\n\n"
	    "```yaml\n# cnpc: ignore=%s the reason\n```\n\n"
	    "`ignore-file` does so for the whole file. For a repository, or a "
	    "part of it,\n`.cnpc.yaml` has `rules: {%s: ignore}` "
	    "(`cnpc-config(5)`).\n",
	    info->name, info->name);
}

static void
put_family(struct buf *out, const char *family)
{
	buf_printf(out,
	    "\n## %s\n\n| rule | level | what it says |\n"
	    "| --- | --- | --- |\n",
	    family);
	for (size_t i = 0; i < diag_table_len; i++) {
		const struct diag_info *info = &diag_table[i];

		if (!info->family || strcmp(info->family, family) != 0)
			continue;
		buf_printf(out, "| [CNP%03u](CNP%03u.md) %s | %s | %s |\n",
		    info->id, info->id, info->name,
		    diag_level_name(info->level), escaped(out, info->text));
	}
}

void
rules_put_markdown(struct buf *out)
{
	buf_puts(out,
	    "# Rules\n\n"
	    "What `cnpc lint` finds in policies that are valid, by family. "
	    "Other "
	    "diagnostics are in\n`cnpc-diagnostics(7)`.\n");
	for (const char *const *f = diag_families; *f; f++)
		put_family(out, *f);
}

/* The paragraphs of TEXT. */
static void
html_paragraphs(struct html *h, const char *text)
{
	while (*text) {
		const char *end = strstr(text, "\n\n");
		size_t n = end ? (size_t)(end - text) : strlen(text);

		html_open(h, "p", NULL);
		html_str(h, (struct str){text, n});
		html_close(h);
		text += end ? n + 2 : n;
	}
}

static void
html_example(struct html *h, const char *title, const char *text)
{
	if (!text)
		return;
	html_text(h, "h3", NULL, title);
	html_open(h, "pre", NULL);
	while (*text) {
		size_t n = strcspn(text, "\n");

		html_str(h, (struct str){text, n});
		buf_putc(h->out, '\n');
		text += n + (text[n] == '\n');
	}
	html_close(h);
}

static void
html_rule(struct html *h, const struct diag_info *info)
{
	const char *id = arena_printf(h->out->arena, "CNP%03u", info->id);

	html_open(h, "section", "id", id, NULL);
	html_open(h, "h2", NULL);
	html_printf(h, "%s %s", id, info->name);
	html_close(h);
	html_open(h, "p", NULL);
	html_printf(h, "%s, family %s, since cnpc %s",
	    diag_level_name(info->level), info->family, info->since);
	html_close(h);
	html_text(h, "blockquote", NULL, info->text);
	html_paragraphs(h, info->explain);
	html_example(h, "Example", info->bad);
	html_example(h, "Instead", info->good);
	html_example(h, "Where it is meant",
	    arena_printf(h->out->arena, "# cnpc: ignore=%s the reason\n",
		info->name));
	html_close(h);
}

void
rules_put_html(struct buf *out, const struct diag_info *info)
{
	struct html h;

	html_page(&h, out, info ? info->name : "Rules of cnpc lint");
	for (size_t i = 0; i < diag_table_len; i++) {
		const struct diag_info *d = &diag_table[i];

		if (info ? d == info : rule_has_page(d))
			html_rule(&h, d);
	}
	html_end_page(&h);
}
