/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc verify: what the kernel says about the programs of a bundle.
 */
#include "base/sandbox.h"
#include "cli/bundle.h"
#include "cli/cli.h"
#include "cli/opt.h"
#include "kernel/confine.h"
#include "kernel/verify.h"
#include "report/verify.h"

/* Whether a program was refused, or decided as its map does not. */
static bool
any_wrong(const struct verify_report *r)
{
	VEC_FOREACH (p, &r->programs) {
		if (p->status == VERIFY_REJECTED || p->wrong > 0)
			return true;
	}
	return false;
}

struct question {
	bool required;
	unsigned jobs;
	struct str_list trusted;
	const char *dir;
};

/* OPT_GO, or the exit status to leave with. */
static int
read_question(struct cli *cli, struct question *q)
{
	const struct opt own[] = {
	    {"require-verified", 0, NULL,
		"fail when the kernel cannot be asked", OPT_FLAG,
		.flag = &q->required},
	    BUNDLE_TRUSTED(&q->trusted),
	    {"jobs", 'j', "N",
		"threads to work with (as many as there are processors)",
		OPT_COUNT, .count = &q->jobs},
	    {0},
	};
	struct options o;
	int status = opt_parse(cli, own, &o);

	if (status == OPT_GO)
		q->dir = o.args[0];
	return status;
}

/* Two processes from here on, each with what it needs and no more. */
static int
verify(struct cli *cli, const struct question *q, struct source_set *sources,
    struct diag_sink *sink, const struct trusted_keys *keys,
    struct verify_report *ret_report)
{
	struct asker asker;
	struct pool pool;
	int error;

	sandbox_close_others();
	error = asker_start(&asker, q->jobs);
	if (error)
		return error;
	error = confine_reader(q->dir);
	if (!error) {
		pool_init(&pool, q->jobs);
		error = verify_bundle(&pool, &cli->arena, sink, sources, &asker,
		    q->dir, q->trusted.v.n > 0 ? keys : NULL, ret_report);
		if (ret_report->programs.n > 0 && !ret_report->failed)
			verify_table(&cli->out.buf, &cli->arena, ret_report);
		cli_diagnose(cli, sources, sink);
		pool_free(&pool);
	}
	asker_end(&asker);
	return error;
}

int
cmd_verify(struct cli *cli)
{
	struct verify_report report = {0};
	struct trusted_keys keys = {0};
	struct question q = {0};
	struct source_set sources;
	struct diag_sink sink;
	int error, status = read_question(cli, &q);

	if (status != OPT_GO)
		return status;
	source_set_init(&sources, &cli->arena);
	diag_sink_init(&sink, &cli->arena);
	/* A key may be a descriptor: /dev/fd/3. */
	VEC_FOREACH (path, &q.trusted.v)
		sign_read_trusted(&cli->arena, &sink, *path, &keys);
	if (diag_failed(&sink)) {
		cli_diagnose(cli, &sources, &sink);
		return STATUS_BAD_INPUT;
	}
	error = verify(cli, &q, &sources, &sink, &keys, &report);
	if (error != 0)
		return cli_system(cli, error, "cannot verify %s", q.dir);
	if (report.failed)
		return STATUS_SYSTEM;
	if (any_wrong(&report))
		return STATUS_FINDINGS;
	if (diag_failed(&sink))
		return STATUS_BAD_INPUT;
	return q.required && report.missing ? STATUS_FINDINGS : STATUS_OK;
}
