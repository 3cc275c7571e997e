/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc drops: recorded connections against policies.
 */
#include <string.h>

#include "base/file.h"
#include "cli/bundle.h"
#include "cli/drops_out.h"
#include "cli/flows.h"
#include "cli/opt.h"
#include "cli/suggesting.h"
#include "report/drops.h"

struct drops {
	struct cli *cli;
	struct unit *unit;
	struct str_list flows; /* their names */
	struct str bundle;     /* in place of inputs; .s NULL: none */
	struct str_list trusted;
	struct drops_form form;
	bool one_to_one, line_buffered, partial, follow;
	struct str html; /* the page's file; .s NULL: none */
	bool suggest;    /* policies in place of a summary */
	struct str ns;   /* of these; .s NULL: for new drops */
	const struct options *options;
	struct replay replay;
	struct recording recording;
	struct flows read; /* the files */
};

static bool
put_line(struct drops *d, const struct replay_result *r)
{
	struct json json;

	json_init(&json, &d->cli->out.buf, false);
	drops_put_line(&json, &d->unit->sources, r, r->line);
	buf_putc(&d->cli->out.buf, '\n');
	return (!d->line_buffered && d->cli->out.buf.n < 1 << 16) ||
	    out_record(&d->cli->out);
}

static bool
take_line(void *arg, const struct replay_result *r)
{
	struct drops *d = arg;

	flows_tell(&d->read, r);
	return !d->one_to_one || put_line(d, r);
}

static int
put_page(struct drops *d, const struct summary *s)
{
	struct unit *u = d->unit;
	struct buf page;
	int error;

	buf_init(&page, &u->perm);
	drops_put_html(&page, &u->perm, s, &u->sources, &u->ir.opt);
	error = file_write(d->html.s, buf_as_str(&page));
	return error ? cli_system(d->cli, error, "cannot write %s", d->html.s)
		     : STATUS_OK;
}

static int
put_summary(struct drops *d)
{
	struct unit *u = d->unit;
	struct summary s;
	int status;

	summary_init(&s, &u->perm);
	summary_add(&s, &d->replay, &u->sources);
	status = cli_put_drops(d->cli, &s, &d->form, u);
	if (d->html.s && put_page(d, &s) != STATUS_OK)
		return STATUS_SYSTEM;
	return status;
}

/* Of lines that were told one by one. */
static int
status_of_lines(const struct replay *x)
{
	if (x->status[REPLAY_JUDGED] == 0)
		return STATUS_BAD_INPUT;
	return x->class[REPLAY_NEW_DROP] > 0 ? STATUS_FINDINGS : STATUS_OK;
}

static int
put_policies(struct drops *d)
{
	if (d->replay.status[REPLAY_JUDGED] == 0)
		return STATUS_BAD_INPUT;
	return cli_suggest(d->cli, d->options, d->unit, &d->replay, d->ns);
}

static int
answer(struct drops *d)
{
	struct unit *u = d->unit;
	int status;

	replay_init(&d->replay, &u->perm, &u->pmaps, &u->objects,
	    u->opt.schema.default_ns);
	d->replay.by_line = d->partial;
	d->replay.pairs = d->suggest;
	d->replay.texts = d->html.s;
	recording_init(&d->recording, &d->replay, &u->pool);
	d->recording.every = d->one_to_one;
	d->recording.fn = take_line;
	d->recording.arg = d;
	d->read = (struct flows){.cli = d->cli, .recording = &d->recording};
	if (d->one_to_one)
		out_stream(&d->cli->out);
	VEC_FOREACH (path, &d->flows.v)
		(d->follow ? flows_follow : flows_read)(&d->read, *path);
	status = d->one_to_one ? status_of_lines(&d->replay)
	    : d->suggest       ? put_policies(d)
			       : put_summary(d);
	recording_free(&d->recording);
	replay_free(&d->replay);
	return d->read.failed ? STATUS_BAD_INPUT : status;
}

/* Policies are of inputs or of a bundle; OPT_GO, or the exit status. */
static int
check_policies(struct drops *d, const struct options *o)
{
	size_t n = o->inputs.v.n + o->cluster.v.n;

	if (!d->bundle.s && d->trusted.v.n > 0)
		return cli_usage(d->cli, "--trusted is for --bundle");
	if (!d->bundle.s)
		return o->inputs.v.n == 0 ? opt_no_input(d->cli) : OPT_GO;
	if (n > 0 || o->unit.ncontext > 0)
		return cli_usage(d->cli,
		    "--bundle has the policies and the snapshot: not with "
		    "INPUT or --cluster");
	if (d->suggest)
		return cli_usage(d->cli,
		    "--suggest compiles the policies that it is given: not "
		    "with --bundle");
	if (d->form.format == DROPS_SARIF)
		return cli_usage(d->cli,
		    "--format=sarif needs the text of the policies: not with "
		    "--bundle");
	return OPT_GO;
}

/* What goes together; OPT_GO, or the exit status. */
static int
check_form(struct drops *d)
{
	if (d->follow &&
	    (d->flows.v.n > 1 || strcmp(d->flows.v.v[0], "-") == 0))
		return cli_usage(d->cli, "--follow is for one file");
	if (d->partial && (d->form.only_new || d->one_to_one))
		return cli_usage(d->cli,
		    "--partial is for a whole summary: not with --new or "
		    "--one-to-one");
	if ((d->partial || d->one_to_one) &&
	    (d->form.format > DROPS_JSON || d->form.by != DROPS_BY_CONNECTION))
		return cli_usage(d->cli,
		    "--partial and --one-to-one have one form, JSON");
	if (d->html.s && (d->partial || d->one_to_one))
		return cli_usage(d->cli,
		    "--html is for a whole summary: not with --partial or "
		    "--one-to-one");
	if (d->suggest && (d->partial || d->one_to_one || d->html.s))
		return cli_usage(d->cli,
		    "--suggest writes policies: not with --partial, "
		    "--one-to-one or --html");
	return OPT_GO;
}

/* OPT_GO, or the exit status to leave with. */
static int
read_question(struct drops *d, struct options *o)
{
	const struct opt own[] = {
	    {"flows", 0, "FILE",
		"recorded flows, - for standard input; may be given again",
		OPT_LIST, .list = &d->flows},
	    {"bundle", 0, "DIR",
		"judge by what this bundle was made of, in place of INPUT",
		OPT_STR, .str = &d->bundle},
	    BUNDLE_TRUSTED(&d->trusted),
	    DROPS_FORM_OPTS(&d->form),
	    {"html", 0, "FILE", "write a page for a browser as well", OPT_STR,
		.str = &d->html},
	    {"suggest", 0, NULL,
		"policies that admit the new drops for which a rule is "
		"missing, and nothing else, as YAML",
		OPT_FLAG, .flag = &d->suggest},
	    {"partial", 0, NULL,
		"a part of a recording, for `cnpc drops merge`: as JSON, each "
		"line by itself",
		OPT_FLAG, .flag = &d->partial},
	    {"one-to-one", 0, NULL,
		"a line of JSON for each line read, and nothing else", OPT_FLAG,
		.flag = &d->one_to_one},
	    {"follow", 0, NULL,
		"go on as the file grows or is replaced, until SIGINT",
		OPT_FLAG, .flag = &d->follow},
	    {"line-buffered", 0, NULL, "write each of these at once", OPT_FLAG,
		.flag = &d->line_buffered},
	    {0},
	};
	int status = opt_parse(d->cli, own, o);

	if (status != OPT_GO)
		return status;
	if (d->flows.v.n == 0)
		return cli_usage(d->cli, "--flows is needed");
	status = check_policies(d, o);
	if (status == OPT_GO)
		status = check_form(d);
	o->unit.report = d->html.s;
	if (d->partial)
		d->form.format = DROPS_JSON;
	return status;
}

static bool
reads_stdin(const struct options *o)
{
	VEC_FOREACH (path, &o->inputs.v) {
		if (strcmp(*path, "-") == 0)
			return true;
	}
	VEC_FOREACH (path, &o->cluster.v) {
		if (strcmp(*path, "-") == 0)
			return true;
	}
	return false;
}

static int
run(struct drops *d, const struct options *o)
{
	struct unit u;
	int status = STATUS_OK;

	if (d->suggest && reads_stdin(o))
		return cli_usage(d->cli,
		    "policies that are suggested are compiled with the "
		    "input, which is read again for that: not from -");
	d->unit = &u;
	d->options = o;
	if (cli_compile_bundle(d->cli, o, &u, d->bundle.s, &d->trusted,
		PASS_BIT(PMAP)))
		status = answer(d);
	return cli_finish(d->cli, &u, status);
}

int
cmd_drops(struct cli *cli)
{
	struct drops d = {.cli = cli};
	struct options o;
	int status;

	if (cli->argc > 1 && strcmp(cli->argv[1], "merge") == 0)
		return cmd_drops_merge(cli);
	status = read_question(&d, &o);
	if (status != OPT_GO)
		return status;
	return run(&d, &o);
}

int
cmd_suggest(struct cli *cli)
{
	struct drops d = {.cli = cli, .suggest = true};
	const struct opt own[] = {
	    {"flows", 0, "FILE",
		"recorded flows, - for standard input; may be given again",
		OPT_LIST, .list = &d.flows},
	    {0},
	};
	struct options o;
	int status = opt_parse(cli, own, &o);

	if (status != OPT_GO)
		return status;
	if (d.flows.v.n == 0)
		return cli_usage(cli, "--flows is needed");
	d.ns = str_of(o.args[0]);
	return run(&d, &o);
}
