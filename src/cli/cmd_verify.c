/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc verify: what the kernel says about the programs of a bundle.
 */
#include "base/sandbox.h"
#include "cli/cli.h"
#include "cli/opt.h"
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

int
cmd_verify(struct cli *cli)
{
	bool required = false;
	unsigned jobs = 0;
	struct str_list trusted = {0};
	const struct opt own[] = {
	    {"require-verified", 0, NULL,
		"fail when the kernel cannot be asked", OPT_FLAG,
		.flag = &required},
	    {"trusted", 0, "KEYS",
		"refuse what none of the public keys in this PEM file or "
		"directory signed",
		OPT_LIST, .list = &trusted},
	    {"jobs", 'j', "N",
		"threads to work with (as many as there are processors)",
		OPT_COUNT, .count = &jobs},
	    {0},
	};
	struct verify_report report = {0};
	struct trusted_keys keys = {0};
	struct source_set sources;
	struct diag_sink sink;
	struct options o;
	struct pool pool;
	int error, status = opt_parse(cli, own, &o);

	if (status != OPT_GO)
		return status;
	source_set_init(&sources, &cli->arena);
	diag_sink_init(&sink, &cli->arena);
	/* A key may be a descriptor: /dev/fd/3. */
	VEC_FOREACH (path, &trusted.v)
		sign_read_trusted(&cli->arena, &sink, *path, &keys);
	sandbox_close_others();
	pool_init(&pool, jobs);
	error = diag_failed(&sink)
	    ? 0
	    : verify_bundle(&pool, &cli->arena, &sink, &sources, o.args[0],
		  trusted.v.n > 0 ? &keys : NULL, &report);
	if (report.programs.n > 0)
		verify_table(&cli->out.buf, &cli->arena, &report);
	cli_diagnose(cli, &sources, &sink);
	pool_free(&pool);
	if (error != 0)
		return cli_system(cli, error, "cannot verify %s", o.args[0]);
	if (any_wrong(&report))
		return STATUS_FINDINGS;
	if (diag_failed(&sink))
		return STATUS_BAD_INPUT;
	return required && report.missing ? STATUS_FINDINGS : STATUS_OK;
}
