/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc compile: policies to a bundle, and a lock of identities beside it.
 */
#include "cli/bundle.h"
#include "cli/cli.h"
#include "cli/opt.h"
#include "cli/prove.h"
#include "report/compile.h"

/* The bundle is read again, so that it is what was written that is proved. */
static int
prove(struct cli *cli, struct unit *u, const char *dir)
{
	const struct str_list nobody = {0};
	struct bundle_content bundle = {0};
	int status = cli_read_bundle(cli, dir, &nobody, &bundle);

	return status == OPT_GO ? cli_prove(cli, u, &bundle, false) : status;
}

int
cmd_compile(struct cli *cli)
{
	bool proves = false;
	struct str dir = {0}, key = {0};
	const struct opt own[] = {
	    {"output", 'o', "DIR",
		"the bundle: made whole or not at all, replacing an old one",
		OPT_STR, .str = &dir},
	    {"sign", 0, "KEY",
		"sign the bundle with the private key in this PEM file",
		OPT_STR, .str = &key},
	    {"prove", 0, NULL, "prove what was written, as cnpc prove does",
		OPT_FLAG, .flag = &proves},
	    {0},
	};
	struct options o;
	struct unit u;
	int status = opt_parse(cli, own, &o);

	if (status != OPT_GO)
		return status;
	if (!dir.s)
		return cli_usage(cli, "needs -o DIR");
	o.unit.output = dir.s;
	o.unit.sign = key.s;
	o.unit.one_cluster = true;
	cli_compile(cli, &o, &u, PASS_BIT(LINT) | PASS_BIT(WRITE_LOCK));
	status = STATUS_OK;
	if (u.written) {
		cli->placed = true;
		compile_summary(&cli->out.buf, dir.s, u.opt.ir.model,
		    &u.bundle.summary, u.objects.skipped);
		if (proves)
			status = prove(cli, &u, dir.s);
	}
	return cli_finish(cli, &u, status);
}
