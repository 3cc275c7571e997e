/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc status: what is loaded, whether it is in force, and what it counted.
 */
#include "cli/cli.h"
#include "cli/deployment.h"
#include "cli/opt.h"
#include "report/status.h"

int
cmd_status(struct cli *cli)
{
	struct str pin = {0};
	const struct opt own[] = {DEPLOYMENT_PIN(&pin), {0}};
	struct deploy_status s;
	struct options o;
	struct deploy d;
	int error, status = opt_parse(cli, own, &o);

	if (status == OPT_GO)
		status = deployment_begin(cli, &d, pin);
	if (status != OPT_GO)
		return status;
	error = deploy_status(&d, &s);
	if (error)
		return deployment_failed(cli, &d, error);
	status_put_text(&cli->out.buf, &cli->arena, &s);
	return deploy_is_whole(&s) ? STATUS_OK : STATUS_FINDINGS;
}
