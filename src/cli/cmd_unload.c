/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc unload: what `cnpc load` brought into the kernel goes.
 */
#include "cli/cli.h"
#include "cli/deployment.h"
#include "cli/opt.h"

int
cmd_unload(struct cli *cli)
{
	struct str pin = {0};
	const struct opt own[] = {DEPLOYMENT_PIN(&pin), {0}};
	struct options o;
	struct deploy d;
	int error, status = opt_parse(cli, own, &o);

	if (status == OPT_GO)
		status = deployment_begin(cli, &d, pin);
	if (status != OPT_GO)
		return status;
	error = deploy_unload(&d);
	return error ? deployment_failed(cli, &d, error) : STATUS_OK;
}
