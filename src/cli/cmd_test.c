/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc test: whether what the assertions among the inputs say is so.
 */
#include "change/assertion.h"
#include "cli/cli.h"
#include "cli/opt.h"
#include "diag_gen.h"
#include "report/assertions.h"

enum format {
	FORMAT_TEXT,
	FORMAT_TAP,
	FORMAT_JUNIT,
};

static const struct word formats[] = {{"text", FORMAT_TEXT},
    {"tap", FORMAT_TAP}, {"junit", FORMAT_JUNIT}, {0}};

/* Pods that assertions of U name by their labels need not be in the input. */
static void
assume(struct cli *cli, const struct unit *u, struct options *o)
{
	query_end_vec ends = {0};
	struct ir_assumed *v;

	assertions_list_ends(&ends, &cli->arena, &u->objects,
	    o->unit.schema.default_ns);
	v = ARENA_ARRAY(&cli->arena, struct ir_assumed, ends.n);
	VEC_FOREACH (e, &ends)
		v[o->unit.ir.nassumed++] =
		    (struct ir_assumed){e->ns, e->name, e->labels};
	o->unit.ir.assumed = v;
}

static int
answer(struct cli *cli, struct unit *u, enum format format)
{
	const struct change_side side = {&u->pmaps, &u->objects, &u->sources};
	struct assertions t;
	const struct assertions_report r = {
	    .tests = &t,
	    .names = {&t.reaches.actors, &t.reaches.protos, &u->perm,
		&u->scratch, false, false},
	    .sources = &u->sources,
	    .color = cli->color_out,
	};
	struct buf *out = &cli->out.buf;

	assertions_run(&t, &u->perm, &u->scratch, &u->sink, &side,
	    u->opt.schema.default_ns);
	if (t.v.n == 0)
		return cli_usage(cli, "no Assertions among the inputs");
	switch (format) {
	case FORMAT_TEXT:
		assertions_put_text(out, &r);
		break;
	case FORMAT_TAP:
		assertions_put_tap(out, &r);
		break;
	case FORMAT_JUNIT:
		assertions_put_junit(out, &r);
		break;
	}
	return assertions_count(&t, ASSERTION_HOLDS) == t.v.n ? STATUS_OK
							      : STATUS_FINDINGS;
}

static int
record(struct cli *cli, struct unit *u)
{
	const struct change_side side = {&u->pmaps, &u->objects, &u->sources};
	recorded_vec recorded = {0};

	assertions_record(&recorded, &u->perm, &u->scratch, &side);
	if (recorded.n == 0)
		return cli_usage(cli,
		    "policies keep nothing shut here, so "
		    "there is nothing to record");
	assertions_put_recorded(&cli->out.buf, &recorded);
	return STATUS_OK;
}

/* What keeps the answer from being whole. */
static bool
concerns_answer(const struct diag *d, const void *arg)
{
	(void)arg;
	return d->level >= DIAG_ERROR;
}

/* What the second reading of the inputs tells again. */
static bool
is_told_later(const struct diag *d, const void *arg)
{
	(void)d;
	(void)arg;
	return false;
}

int
cmd_test(struct cli *cli)
{
	int format = FORMAT_TEXT, status;
	bool recording = false;
	const struct opt own[] = {
	    {"record", 0, NULL, "print assertions that hold, and test none",
		OPT_FLAG, .flag = &recording},
	    {"format", 0, NULL, "form of the results (text)", OPT_WORD,
		.word = &format, .words = formats},
	    {0},
	};
	struct options o;
	struct unit early, u;

	status = opt_parse(cli, own, &o);
	if (status != OPT_GO)
		return status;
	o.unit.one_cluster = true;
	status = STATUS_OK;
	if (cli_compile(cli, &o, &early, PASS_BIT(AST)))
		assume(cli, &early, &o);
	if (cli_compile(cli, &o, &u, PASS_BIT(PMAP)) && !u.repo.several)
		status = recording ? record(cli, &u)
				   : answer(cli, &u, (enum format)format);
	diag_sink_filter(&u.sink, concerns_answer, NULL);
	status = cli_finish(cli, &u, status);
	diag_sink_filter(&early.sink, is_told_later, NULL);
	return cli_finish(cli, &early, status);
}
