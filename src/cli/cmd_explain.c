/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc explain: what a diagnostic means, or what a platform takes.
 */
#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "cli/cli.h"
#include "cli/opt.h"
#include "diag/render.h"
#include "report/platform.h"
#include "report/rules.h"

/* By "CNP101", "101" or "unknown-field". */
static const struct diag_info *
find_diag(const char *word)
{
	struct str digits = str_of(word);
	uint64_t id;

	if (strncasecmp(word, "CNP", 3) == 0)
		digits = str_of(word + 3);
	if (num_u64(digits, 999, &id))
		return diag_lookup((unsigned)id);
	for (size_t i = 0; i < diag_table_len; i++) {
		if (strcmp(diag_table[i].name, word) == 0)
			return &diag_table[i];
	}
	return NULL;
}

static void
put_list(struct buf *out)
{
	for (size_t i = 0; i < diag_table_len; i++) {
		const struct diag_info *d = &diag_table[i];

		buf_printf(out, "CNP%03u  %-11s  %s\n", d->id,
		    diag_level_name(d->level), d->text);
	}
}

enum format {
	FORMAT_TEXT,
	FORMAT_MARKDOWN,
	FORMAT_HTML,
};

static const struct word formats[] = {{"text", FORMAT_TEXT},
    {"markdown", FORMAT_MARKDOWN}, {"html", FORMAT_HTML}, {0}};

/* The page of a rule; without a WORD that of all, or what leads to them. */
static int
put_pages(struct cli *cli, const char *word, enum format format)
{
	const struct diag_info *d = word ? find_diag(word) : NULL;
	struct buf *out = &cli->out.buf;

	if (word && !(d && rule_has_page(d)))
		return cli_usage(cli, "no rule \"%s\" has a page", word);
	if (format == FORMAT_HTML)
		rules_put_html(out, d);
	else if (d)
		rule_put_markdown(out, d);
	else
		rules_put_markdown(out);
	return STATUS_OK;
}

int
cmd_explain(struct cli *cli)
{
	const struct diag_info *d;
	const struct word *platform;
	struct options o;
	int format = FORMAT_TEXT;
	const struct opt own[] = {
	    {"format", 0, NULL, "text, or the page of a lint rule", OPT_WORD,
		.word = &format, .words = formats},
	    {0},
	};
	int status = opt_parse(cli, own, &o);

	if (status != OPT_GO)
		return status;
	if (format != FORMAT_TEXT)
		return put_pages(cli, o.nargs > 0 ? o.args[0] : NULL,
		    (enum format)format);
	if (o.nargs == 0) {
		put_list(&cli->out.buf);
		return STATUS_OK;
	}
	platform = word_find(platform_words, str_of(o.args[0]));
	if (platform) {
		platform_put(&cli->out.buf, (enum platform)platform->value);
		return STATUS_OK;
	}
	d = find_diag(o.args[0]);
	if (!d)
		return cli_usage(cli, "no diagnostic \"%s\"", o.args[0]);
	diag_render_explain(&cli->out.buf, d);
	return STATUS_OK;
}
