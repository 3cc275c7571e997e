/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc lint: the findings about the inputs, in the order of their places.
 */
#include <stdlib.h>
#include <string.h>

#include "cilium/version.h"
#include "cli/cli.h"
#include "cli/opt.h"
#include "cli/opt_lint.h"
#include "diag/render.h"
#include "driver/baseline.h"
#include "driver/config.h"
#include "driver/git.h"
#include "driver/mend.h"
#include "driver/settle.h"
#include "lint/lint.h"

enum format {
	FORMAT_TEXT,
	FORMAT_JSON,
	FORMAT_JSONL,
	FORMAT_SARIF,
	FORMAT_GITHUB,
	FORMAT_GITLAB,
	FORMAT_AZURE,
	FORMAT_CHECKSTYLE,
	FORMAT_JUNIT,
	FORMAT_BASELINE,
};

static const struct word formats[] = {{"text", FORMAT_TEXT},
    {"json", FORMAT_JSON}, {"jsonl", FORMAT_JSONL}, {"sarif", FORMAT_SARIF},
    {"github", FORMAT_GITHUB}, {"gitlab", FORMAT_GITLAB},
    {"azure", FORMAT_AZURE}, {"checkstyle", FORMAT_CHECKSTYLE},
    {"junit", FORMAT_JUNIT}, {"baseline", FORMAT_BASELINE}, {0}};

/* A workflow of GitHub shows annotations beside the code. */
static enum format
usual_format(void)
{
	const char *github = getenv("GITHUB_ACTIONS");

	return github && strcmp(github, "true") == 0 ? FORMAT_GITHUB
						     : FORMAT_TEXT;
}

static void
put_findings(struct cli *cli, struct unit *u, enum format format)
{
	struct buf *out = &cli->out.buf;
	struct json json;

	json_init(&json, out, true);
	switch (format) {
	case FORMAT_TEXT:
		diag_render_text(out, &u->sources, &u->sink, cli->color_out);
		return;
	case FORMAT_JSON:
		diag_render_json(&json, &u->sources, &u->sink);
		break;
	case FORMAT_JSONL:
		diag_render_jsonl(out, &u->sources, &u->sink);
		return;
	case FORMAT_SARIF:
		diag_render_sarif(&json, &u->sources, &u->sink, cli->version);
		break;
	case FORMAT_GITHUB:
		diag_render_github(out, &u->sources, &u->sink);
		return;
	case FORMAT_GITLAB:
		diag_render_gitlab(&json, &u->sources, &u->sink);
		break;
	case FORMAT_AZURE:
		diag_render_azure(out, &u->sources, &u->sink);
		return;
	case FORMAT_CHECKSTYLE:
		diag_render_checkstyle(out, &u->sources, &u->sink);
		return;
	case FORMAT_JUNIT:
		diag_render_junit(out, &u->sources, &u->sink);
		return;
	case FORMAT_BASELINE:
		diag_render_baseline(&json, &u->sources, &u->sink);
		break;
	}
	buf_putc(out, '\n');
}

static int
lint_status(const struct diag_sink *found, enum fail_on least)
{
	if (lint_unread(found))
		return STATUS_BAD_INPUT;
	return lint_fails(found, least) ? STATUS_FINDINGS : STATUS_OK;
}

/* What is told of the findings, and how. */
struct telling {
	int format;  /* enum format */
	int fail_on; /* enum fail_on */
	struct str baseline;
	struct lint_rows rows;
	bool staged; /* what git's index holds: */
	struct git_files index;
	bool fix;  /* mend the inputs first */
	bool diff; /* tell how they would be mended, and nothing else */
	unsigned upgrade_to; /* tell what this version changes; 0: none */
};

/* Findings that are not told. */
struct left_out {
	size_t baseline; /* are in it */
	unsigned from;   /* version before that of --upgrade-to, with which */
	size_t same;     /* they are the same */
	size_t gone;     /* they are, and not after */
};

/* Whether findings are wanted, rather than a dump, and the system gave what
 * they need. */
static bool
has_findings(const struct options *o, const struct unit *u)
{
	bool dumps = o->unit.dump < PASSES && o->unit.stop_after == PASSES;

	return u->failure.error == 0 && !dumps;
}

/* The findings that are asked for. */
static void
find(struct cli *cli, const struct options *o, const struct telling *t,
    struct unit *u, struct left_out *ret)
{
	const char *baseline =
	    t->format == FORMAT_BASELINE ? NULL : t->baseline.s;
	struct options after = *o;
	struct unit before;

	*ret = (struct left_out){0};
	if (t->upgrade_to) {
		after.unit.ir.cilium.number = t->upgrade_to;
		after.unit.given |= 1u << SETTING_CILIUM;
	}
	cli_compile(cli, &after, u, FINDING_PASSES);
	if (!has_findings(o, u))
		return;
	if (t->upgrade_to) {
		unit_run_again(&before, &o->unit, u, FINDING_PASSES);
		u->failure = before.failure;
	}
	ret->baseline = unit_settle(u, &t->rows, baseline);
	if (t->upgrade_to) {
		unit_settle(&before, &t->rows, NULL);
		ret->same = unit_leave_new(u, &before, &ret->gone);
		ret->from = before.opt.ir.cilium.number;
		unit_free(&before);
	}
}

/* "12 of the baseline left out; " */
static void
put_left_out(struct buf *out, const struct unit *u, const struct left_out *left)
{
	if (left->baseline > 0)
		buf_printf(out, "%zu of the baseline left out; ",
		    left->baseline);
	if (left->from)
		buf_printf(out,
		    "Cilium " VERSION_FMT " to " VERSION_FMT
		    ": %zu the same, %zu gone, and new ",
		    VERSION_ARG(left->from),
		    VERSION_ARG(u->opt.ir.cilium.number), left->same,
		    left->gone);
}

/* Prints what was found in U; returns the exit status. */
static int
tell_findings(struct cli *cli, struct unit *u, const struct telling *t,
    const struct left_out *left)
{
	bool asked = u->opt.ncontext > 0, writes = t->format == FORMAT_BASELINE;

	put_findings(cli, u, (enum format)t->format);
	buf_puts(&cli->err.buf, "cnpc lint: ");
	put_left_out(&cli->err.buf, u, left);
	lint_summary(&cli->err.buf, &u->sources, &u->sink, asked);
	cli_tell_read(cli, u);
	return lint_status(&u->sink,
	    writes ? FAIL_NEVER : (enum fail_on)t->fail_on);
}

/* What to read: without INPUT, what is staged here. */
static int
set_inputs(struct cli *cli, struct options *o, struct str_list *context,
    struct telling *t)
{
	int error = 0;

	if (o->unit.ninputs == 0 && !t->staged)
		return opt_no_input(cli);
	if (o->unit.ninputs == 0 && context->v.n == 0)
		*vec_push(&context->v, &cli->arena) = ".";
	o->unit.context = context->v.v;
	o->unit.ncontext = context->v.n;
	if (t->staged) {
		o->unit.git = &t->index;
		error = git_read_index(&t->index, &cli->arena,
		    o->unit.ninputs == 0);
	}
	return error ? cli_system(cli, error, "cannot run git") : OPT_GO;
}

static int
lint(struct cli *cli, const struct options *o, const struct telling *t)
{
	struct left_out left;
	struct unit u;
	int status;

	find(cli, o, t, &u, &left);
	if (!has_findings(o, &u))
		return cli_finish(cli, &u, STATUS_OK);
	cli_costs(cli, &u);
	status = tell_findings(cli, &u, t, &left);
	unit_free(&u);
	return status;
}

/* Tells what was mended, or would be; STATUS is that of the last look. */
static int
tell_mended(struct cli *cli, const struct telling *t, const struct mending *m,
    int status)
{
	const char *path = NULL;
	int error = t->diff ? 0 : mend_write(m, &path);
	size_t edits, files;

	mend_count(m, &edits, &files);
	if (error)
		return cli_system(cli, error, "cannot write %s", path);
	buf_printf(&cli->err.buf, "cnpc lint: %zu fix%s in %zu file%s\n", edits,
	    edits == 1 ? "" : "es", files, files == 1 ? "" : "s");
	if (!t->diff)
		return OPT_GO;
	mend_diff(m, &cli->out.buf);
	return status == STATUS_OK && edits > 0 ? STATUS_FINDINGS : status;
}

/* Mends the inputs.  OPT_GO, or the status to leave with. */
static int
mend(struct cli *cli, const struct options *given, const struct telling *t)
{
	struct mending m = {.arena = &cli->arena};
	struct options o = *given;
	struct left_out left;
	struct unit u;
	bool more;
	int status;

	o.unit.rewrites = t->fix;
	do {
		mend_texts(&m, &o.unit);
		find(cli, &o, t, &u, &left);
		if (!has_findings(&o, &u))
			return cli_finish(cli, &u, STATUS_OK);
		more = mend_round(&m, &u);
		status = lint_unread(&u.sink) ? STATUS_BAD_INPUT : STATUS_OK;
		unit_free(&u);
	} while (more);
	return tell_mended(cli, t, &m, status);
}

static int
check_mending(struct cli *cli, const struct telling *t)
{
	if ((t->fix || t->diff) && t->upgrade_to)
		return cli_usage(cli,
		    "--upgrade-to only tells, and --%s mends what is found",
		    t->fix ? "fix" : "diff");
	if (t->fix && t->diff)
		return cli_usage(cli, "--fix and --diff exclude each other");
	if (t->fix && t->staged)
		return cli_usage(cli,
		    "--fix changes the work tree, and --staged reads the "
		    "index");
	return OPT_GO;
}

int
cmd_lint(struct cli *cli)
{
	struct telling t = {.format = (int)usual_format(),
	    .fail_on = FAIL_ON_WARNING};
	struct str_list context = {0};
	struct lint_words words = {0};
	const struct opt own[] = {
	    {"format", 0, NULL,
		"form of the findings (text; github in its workflows)",
		OPT_WORD, .word = &t.format, .words = formats},
	    {"context", 0, "PATH",
		"more of the repository: read like INPUT, and nothing told of "
		"it",
		OPT_LIST, .list = &context},
	    {"select", 0, "NAME", "show these rules or families alone",
		OPT_LIST, .list = &words.select},
	    {"ignore", 0, "NAME", "leave out this rule or family", OPT_LIST,
		.list = &words.ignore},
	    {"no", 0, "NAME", "the same as --ignore", OPT_LIST,
		.list = &words.ignore},
	    {"warning", 'W', "NAME", "show this rule or family as a warning",
		OPT_LIST, .list = &words.warning},
	    {"error", 'E', "NAME", "show this rule or family as an error",
		OPT_LIST, .list = &words.error},
	    {"fail-on", 0, NULL,
		"least finding that gives exit status 1 (warning)", OPT_WORD,
		.word = &t.fail_on, .words = fail_on_words},
	    {"baseline", 0, "FILE",
		"leave out the findings in it, that --format=baseline wrote",
		OPT_STR, .str = &t.baseline},
	    {"upgrade-to", 0, "VERSION",
		"leave out what is found before an upgrade to this version of "
		"Cilium, too",
		OPT_VERSION, .version = &t.upgrade_to},
	    {"staged", 0, NULL,
		"read what git's index holds, not the work tree", OPT_FLAG,
		.flag = &t.staged},
	    {"fix", 0, NULL, "first change the inputs where that is safe",
		OPT_FLAG, .flag = &t.fix},
	    {"diff", 0, NULL, "only tell, as a patch, what --fix would change",
		OPT_FLAG, .flag = &t.diff},
	    {0},
	};
	struct options o;
	int status;

	status = opt_parse(cli, own, &o);
	if (status == OPT_GO && o.config)
		t.rows = o.config->rows;
	if (status == OPT_GO)
		status = lint_words_rows(cli, &words, &t.rows);
	if (status == OPT_GO)
		status = set_inputs(cli, &o, &context, &t);
	if (status == OPT_GO)
		status = check_mending(cli, &t);
	if (status == OPT_GO && (t.fix || t.diff))
		status = mend(cli, &o, &t);
	return status == OPT_GO ? lint(cli, &o, &t) : status;
}
