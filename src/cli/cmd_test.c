/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc test: whether what the assertions among the inputs say is so.
 */
#include "change/assertion.h"
#include "cilium/version.h"
#include "cli/comparison.h"
#include "cli/opt_compile.h"
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

/* The input compiled for all that assertions are to hold under. */
struct trials {
	circumstances_vec under; /* [0..n-1] */
	struct options *o;
	struct unit *u;
	size_t ncompiled;
};

/* Sets in U what X says; OPT_GO, or the status of a mistake, which is told. */
static int
apply(struct cli *cli, struct diag_sink *sink, struct unit_options *u,
    const struct ast_circumstances *x)
{
	struct setting_value set[2];
	size_t n = 0;

	if (x->precedence.present)
		set[n++] = (struct setting_value){.key = STR("precedence"),
		    .value = x->precedence.v};
	if (x->profile.present)
		set[n++] = (struct setting_value){.key = STR("profile"),
		    .value = x->profile.v};
	if (x->cilium.present) {
		if (!version_parse(x->cilium.v, &u->ir.cilium.number)) {
			diag_bad_assertion(sink, x->cilium.at,
			    "this version of Cilium is not modelled");
			return STATUS_BAD_INPUT;
		}
		u->given |= 1u << SETTING_CILIUM;
	}
	return compile_side(cli, u, set, n);
}

/* Compiles for each; OPT_GO, or the status of what keeps it from that. */
static int
compile_all(struct cli *cli, struct trials *t, struct unit *early,
    const struct options *o)
{
	size_t n = t->under.n;

	t->o = ARENA_ARRAY(&cli->arena, struct options, n);
	t->u = ARENA_ARRAY(&cli->arena, struct unit, n);
	for (size_t i = 0; i < n; i++) {
		int status;

		t->o[i] = *o;
		status = apply(cli, &early->sink, &t->o[i].unit, t->under.v[i]);
		if (status != OPT_GO)
			return status;
	}
	while (t->ncompiled < n) {
		const struct options *each = &t->o[t->ncompiled];
		struct unit *u = &t->u[t->ncompiled++];

		if (!cli_compile(cli, each, u, PASS_BIT(PMAP)) ||
		    u->repo.several)
			return STATUS_OK; /* its findings say why */
	}
	return OPT_GO;
}

static int
answer(struct cli *cli, const struct trials *trials, enum format format)
{
	struct buf *out = &cli->out.buf;
	assertions_reports all = {0};
	size_t hold, n;

	for (size_t i = 0; i < trials->under.n; i++) {
		struct unit *u = &trials->u[i];
		const struct change_side side = comparison_side(u);
		struct assertions *t =
		    ARENA_NEW(&cli->arena, struct assertions);

		assertions_run(t, &u->perm, &u->scratch, &u->sink, &side,
		    trials->under.v[i], u->opt.schema.default_ns);
		*vec_push(&all, &cli->arena) = (struct assertions_report){
		    .tests = t,
		    .names = {&t->reaches.actors, &t->reaches.protos, &u->perm,
			&u->scratch, false, false},
		    .sources = &u->sources,
		    .color = cli->color_out,
		};
	}
	n = assertions_count(&all, &hold);
	if (n == 0)
		return cli_usage(cli, "no Assertions among the inputs");
	switch (format) {
	case FORMAT_TEXT:
		assertions_put_text(out, &all);
		break;
	case FORMAT_TAP:
		assertions_put_tap(out, &all);
		break;
	case FORMAT_JUNIT:
		assertions_put_junit(out, &all);
		break;
	}
	return hold == n ? STATUS_OK : STATUS_FINDINGS;
}

static int
record(struct cli *cli, struct unit *u)
{
	const struct change_side side = comparison_side(u);
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

/* What the second reading of the inputs does not tell again: why there is
 * none. */
static bool
is_told_at_once(const struct diag *d, const void *arg)
{
	const struct trials *t = arg;

	return t->ncompiled == 0 && concerns_answer(d, NULL);
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
	struct trials t = {0};
	struct options o;
	struct unit early;

	status = opt_parse(cli, own, &o);
	if (status != OPT_GO)
		return status;
	o.unit.one_cluster = true;
	if (cli_compile(cli, &o, &early, PASS_BIT(AST)))
		assume(cli, &early, &o);
	assertions_list_circumstances(&t.under, &cli->arena,
	    recording ? &(struct object_list){0} : &early.objects);
	status = compile_all(cli, &t, &early, &o);
	if (status == OPT_GO)
		status = recording ? record(cli, &t.u[0])
				   : answer(cli, &t, (enum format)format);
	for (size_t i = 0; i < t.ncompiled; i++)
		diag_sink_filter(&t.u[i].sink, concerns_answer, NULL);
	status = comparison_finish(cli, t.u, t.ncompiled, status);
	diag_sink_filter(&early.sink, is_told_at_once, &t);
	return cli_finish(cli, &early, status);
}
