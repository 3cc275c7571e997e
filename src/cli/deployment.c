/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The beginning and the end of load, unload and status.
 */
#include "cli/deployment.h"

#include "kernel/confine.h"

int
deployment_begin(struct cli *cli, struct deploy *d, struct str path)
{
	int error;

	if (!path.s)
		return cli_usage(cli, "--pin is needed");
	*d = (struct deploy){.arena = &cli->arena, .path = path.s};
	error = confine_loader();
	return error ? cli_system(cli, error, "cannot give up rights") : OPT_GO;
}

int
deployment_failed(struct cli *cli, const struct deploy *d, int error)
{
	if (d->problem)
		return cli_bad_input(cli, d->what, d->problem);
	if (d->log)
		buf_puts(&cli->err.buf, d->log);
	return cli_system(cli, error, "%s", d->what);
}
