/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The beginning and the end of load, unload and status.
 */
#include "cli/deployment.h"

#include "base/sandbox.h"

int
deployment_begin(struct cli *cli, struct deploy *d, struct str path)
{
	int error;

	if (!path.s)
		return cli_usage(cli, "--pin is needed");
	*d = (struct deploy){.arena = &cli->arena, .path = path.s};
	/* Without the last one the verifier of older kernels refuses writes
	 * beside what was spilled. */
	error = sandbox_keep_capabilities(UINT64_C(1) << CAP_BPF |
	    UINT64_C(1) << CAP_NET_ADMIN | UINT64_C(1) << CAP_PERFMON);
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
