/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc diff: which connections two sets of policies judge differently, or the
 * two models of precedence.
 */
#include <string.h>

#include "cli/cli.h"
#include "cli/opt.h"
#include "report/changes.h"
#include "report/models.h"

enum format {
	FORMAT_TEXT,
	FORMAT_JSON,
	FORMAT_MARKDOWN,
};

static const struct word formats[] = {{"text", FORMAT_TEXT},
    {"json", FORMAT_JSON}, {"markdown", FORMAT_MARKDOWN}, {0}};

/* Bits of the kinds of change that make status 1. */
enum fail_on {
	FAIL_ON_NEVER = 0,
	FAIL_ON_OPENED = 1 << CHANGE_OPENED | 1 << CHANGE_UNKNOWN,
	FAIL_ON_CLOSED = 1 << CHANGE_CLOSED | 1 << CHANGE_UNKNOWN,
	FAIL_ON_ANY = (1 << CHANGE_KINDS) - 1,
};

static const struct word fail_words[] = {{"any", FAIL_ON_ANY},
    {"opened", FAIL_ON_OPENED}, {"closed", FAIL_ON_CLOSED},
    {"never", FAIL_ON_NEVER}, {0}};

/* ---- the models ---- */

static int
answer_models(struct cli *cli, struct unit *u, enum format format)
{
	const struct model_differences *d = &u->models;
	struct json json;

	if (format == FORMAT_JSON) {
		json_init(&json, &cli->out.buf, true);
		models_put_json(&json, &u->perm, &u->sources, &u->pmaps, d);
		buf_putc(&cli->out.buf, '\n');
	} else {
		models_put_text(&cli->out.buf, &u->perm, &u->sources, &u->pmaps,
		    d);
	}
	return d->pairs.n + d->conflicts.n > 0 ? STATUS_FINDINGS : STATUS_OK;
}

static int
compare_models(struct cli *cli, const struct options *o, int format)
{
	int status = STATUS_OK;
	struct unit u;

	if (o->unit.ir.model != IR_MODEL_CLUSTERWIDE)
		return cli_usage(cli,
		    "--models compares with --precedence=cilium already");
	if (format == FORMAT_MARKDOWN)
		return cli_usage(cli, "--models has no Markdown");
	if (cli_compile(cli, o, &u, PASS_BIT(MODELS) | PASS_BIT(LINT)))
		status = answer_models(cli, &u, (enum format)format);
	return cli_finish(cli, &u, status);
}

/* ---- two sets of policies ---- */

static void
put_changes(struct cli *cli, const struct changes_report *r, enum format format)
{
	struct json json;

	switch (format) {
	case FORMAT_TEXT:
		changes_put_text(&cli->out.buf, r);
		return;
	case FORMAT_JSON:
		json_init(&json, &cli->out.buf, true);
		changes_put_json(&json, r);
		buf_putc(&cli->out.buf, '\n');
		return;
	case FORMAT_MARKDOWN:
		changes_put_markdown(&cli->out.buf, r);
		return;
	}
}

static int
answer_changes(struct cli *cli, struct unit u[2], const struct options o[2],
    int format, int fail_on)
{
	struct changes c;
	struct change_side side[2];
	struct changes_report r = {
	    .changes = &c,
	    .names = {&c.actors, &c.protos, &u[1].perm, &u[1].scratch, false,
		false},
	};
	int found = 0;

	for (int i = 0; i < 2; i++) {
		side[i] = (struct change_side){&u[i].pmaps, &u[i].objects,
		    &u[i].sources};
		r.name[i] = o[i].unit.inputs[0];
		r.source[i] = &u[i].sources;
	}
	changes_find(&c, &u[1].perm, &u[1].scratch, side, 2);
	put_changes(cli, &r, (enum format)format);
	for (int k = 0; k < CHANGE_KINDS; k++)
		found |= (c.count[k] > 0) << k;
	found |= (c.unseen.n > 0) << CHANGE_UNKNOWN;
	return found & fail_on ? STATUS_FINDINGS : STATUS_OK;
}

static const char *
source_name(const struct unit *u, struct span at)
{
	return at.source == 0 ? "" : u->sources.v.v[at.source - 1].name;
}

/* Whether the first of two units says the same of the same place as D, which is
 * of the second: of what both read. */
static bool
is_said_twice(const struct unit u[2], const struct diag *d)
{
	VEC_FOREACH (first, &u[0].sink.v) {
		if ((*first)->id == d->id &&
		    strcmp((*first)->text, d->text) == 0 &&
		    (*first)->at.start == d->at.start &&
		    strcmp(source_name(&u[0], (*first)->at),
			source_name(&u[1], d->at)) == 0)
			return true;
	}
	return false;
}

static bool
is_news(const struct diag *d, const void *units)
{
	return !is_said_twice(units, d);
}

static int
compare_inputs(struct cli *cli, const struct options *both, int format,
    int fail_on)
{
	struct options o[2] = {*both, *both};
	struct unit u[2];
	bool ready = true;
	int status = STATUS_OK, other;

	for (int i = 0; i < 2; i++) {
		o[i].unit.inputs += i;
		o[i].unit.ninputs = 1;
		ready &= cli_compile(cli, &o[i], &u[i], PASS_BIT(PMAP));
	}
	if (ready)
		status = answer_changes(cli, u, o, format, fail_on);
	diag_sink_filter(&u[1].sink, is_news, u);
	status = cli_finish(cli, &u[0], status);
	other = cli_finish(cli, &u[1], STATUS_OK);
	return other > status ? other : status;
}

int
cmd_diff(struct cli *cli)
{
	bool models = false;
	int format = FORMAT_TEXT, fail_on = FAIL_ON_ANY, status;
	const struct opt own[] = {
	    {"models", 0, NULL,
		"between the models of precedence, clusterwide and cilium",
		OPT_FLAG, .flag = &models},
	    {"format", 0, NULL, "form of the differences (text)", OPT_WORD,
		.word = &format, .words = formats},
	    {"fail-on", 0, NULL, "the changes that make the status 1 (any)",
		OPT_WORD, .word = &fail_on, .words = fail_words},
	    {0},
	};
	struct options o;

	status = opt_parse(cli, own, &o);
	if (status != OPT_GO)
		return status;
	if (models)
		return compare_models(cli, &o, format);
	if (o.unit.ninputs != 2)
		return cli_usage(cli, "needs OLD and NEW, or --models");
	return compare_inputs(cli, &o, format, fail_on);
}
