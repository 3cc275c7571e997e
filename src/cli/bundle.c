/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a bundle for a command, and tells what is wrong with it.
 */
#include "cli/bundle.h"

int
cli_read_bundle(struct cli *cli, const char *dir,
    const struct str_list *trusted, struct bundle_content *ret)
{
	struct trusted_keys keys = {0};
	struct source_set sources;
	struct diag_sink sink;
	struct pool pool;
	int error = 0;

	source_set_init(&sources, &cli->arena);
	diag_sink_init(&sink, &cli->arena);
	VEC_FOREACH (path, &trusted->v)
		sign_read_trusted(&cli->arena, &sink, *path, &keys);
	if (!diag_failed(&sink)) {
		pool_init(&pool, 1);
		error = bundle_read(ret, &pool, &cli->arena, &sink, &sources,
		    dir, trusted->v.n > 0 ? &keys : NULL);
		pool_free(&pool);
	}
	cli_diagnose(cli, &sources, &sink);
	if (error != 0)
		return cli_system(cli, error, "cannot read %s", dir);
	return diag_failed(&sink) ? STATUS_BAD_INPUT : OPT_GO;
}
