/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/cli.h"
#include "cli/opt.h"
#include "emit/bundle.h"
#include "report/compile.h"

/* Writes the bundle of U to DIR; nothing when anything is wrong. */
static int
write_bundle(struct cli *cli, struct unit *u, const char *dir)
{
	const struct bundle_options opt = {.dir = dir,
	    .version = cli->version,
	    .sources = &u->sources};
	struct bundle_summary summary;
	int error;

	if (diag_failed(&u->sink))
		return STATUS_BAD_INPUT;
	error = bundle_write(&u->perm, &u->sink, &opt, &u->pmaps, &summary);
	if (error != 0)
		return cli_system(cli, error, "cannot write %s", dir);
	if (diag_failed(&u->sink))
		return STATUS_BAD_INPUT;
	compile_summary(&cli->out, dir, u->opt.ir.model, &summary);
	return STATUS_OK;
}

int
cmd_compile(struct cli *cli)
{
	const char *dir = NULL;
	const struct opt own[] = {
	    {"output", 'o', "DIR",
		"the bundle: made whole or not at all, replacing an old one",
		OPT_STR, .str = &dir},
	    {0},
	};
	struct options o;
	struct unit u;
	int status = opt_parse(cli, own, &o);

	if (status != OPT_GO)
		return status;
	if (!dir)
		return cli_usage(cli, "needs -o DIR");
	status = STATUS_OK;
	if (cli_compile(cli, &o, &u))
		status = write_bundle(cli, &u, dir);
	return cli_finish(cli, &u, status);
}
