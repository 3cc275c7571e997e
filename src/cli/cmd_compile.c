/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc compile: policies to a bundle, and a lock of identities beside it.
 */
#include "cli/cli.h"
#include "cli/opt.h"
#include "report/compile.h"

int
cmd_compile(struct cli *cli)
{
	struct str dir = {0}, key = {0};
	const struct opt own[] = {
	    {"output", 'o', "DIR",
		"the bundle: made whole or not at all, replacing an old one",
		OPT_STR, .str = &dir},
	    {"sign", 0, "KEY",
		"sign the bundle with the private key in this PEM file",
		OPT_STR, .str = &key},
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
	if (u.written) {
		cli->placed = true;
		compile_summary(&cli->out.buf, dir.s, u.opt.ir.model,
		    &u.bundle.summary, u.objects.skipped);
	}
	return cli_finish(cli, &u, STATUS_OK);
}
