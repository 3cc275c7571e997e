/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc load: a bundle into the kernel, for pods and the devices that lead to
 * them.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/bundle.h"
#include "cli/cli.h"
#include "cli/deployment.h"
#include "cli/opt.h"

struct question {
	struct str_list devs, trusted;
	struct str pin;
	bool dry_run;
	const char *dir;
	VEC(struct deploy_device) devices;
};

/* Splits IF=NS/POD; whether it is that. */
static bool
split(struct arena *a, const char *word, struct deploy_device *ret)
{
	const char *equal = strchr(word, '=');
	const char *slash = equal ? strchr(equal, '/') : NULL;

	if (!slash || equal == word || slash == equal + 1 || !slash[1])
		return false;
	*ret = (struct deploy_device){
	    .device = arena_dup(a, word, (size_t)(equal - word)),
	    .ns = {equal + 1, (size_t)(slash - equal - 1)},
	    .name = str_of(slash + 1),
	};
	return true;
}

/* OPT_GO, or the exit status to leave with. */
static int
read_question(struct cli *cli, struct question *q)
{
	const struct opt own[] = {
	    DEPLOYMENT_PIN(&q->pin),
	    {"dev", 0, "IF=NS/POD", "a device and its pod; may be given again",
		OPT_LIST, .list = &q->devs},
	    {"dry-run", 0, NULL, "do all but pin and attach", OPT_FLAG,
		.flag = &q->dry_run},
	    BUNDLE_TRUSTED(&q->trusted),
	    {0},
	};
	struct options o;
	int status = opt_parse(cli, own, &o);

	if (status != OPT_GO)
		return status;
	q->dir = o.args[0];
	if (q->devs.v.n == 0)
		return cli_usage(cli, "--dev is needed");
	VEC_FOREACH (word, &q->devs.v) {
		struct deploy_device *dev = vec_push(&q->devices, &cli->arena);

		if (!split(&cli->arena, *word, dev))
			return cli_usage(cli,
			    "--dev takes IF=NS/POD, not \"%s\"", *word);
	}
	return OPT_GO;
}

int
cmd_load(struct cli *cli)
{
	struct bundle_content bundle = {0};
	struct question q = {0};
	struct deploy_sums sums;
	struct deploy d;
	int error, status = read_question(cli, &q);

	if (status == OPT_GO)
		status = deployment_begin(cli, &d, q.pin);
	if (status == OPT_GO)
		status = cli_read_bundle(cli, q.dir, &q.trusted, &bundle);
	if (status != OPT_GO)
		return status;
	error = deploy_load(&d, &bundle, q.devices.v, q.devices.n, q.dry_run,
	    &sums);
	if (error)
		return deployment_failed(cli, &d, error);
	buf_printf(&cli->out.buf,
	    "generation %u %s: %u endpoints, %u policy maps, %" PRIu64
	    " entries\n",
	    sums.generation, q.dry_run ? "would be in force" : "is in force",
	    sums.endpoints, sums.policies, sums.entries);
	return STATUS_OK;
}
