/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a bundle for a command, and tells what is wrong with it.
 */
#include "cli/bundle.h"

#include "driver/packed.h"

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

bool
cli_run_bundle(struct unit *u, const char *dir, const struct str_list *trusted,
    uint32_t wanted)
{
	struct trusted_keys keys = {0};

	if (dir) {
		VEC_FOREACH (path, &trusted->v)
			sign_read_trusted(&u->perm, &u->sink, *path, &keys);
		if (!diag_failed(&u->sink) && u->failure.error == 0)
			unit_take_bundle(u, dir,
			    trusted->v.n > 0 ? &keys : NULL);
		if (diag_failed(&u->sink) || u->failure.error != 0)
			return false;
	}
	unit_run(u, wanted);
	return (u->ran & wanted) == wanted;
}

bool
cli_compile_bundle(struct cli *cli, const struct options *o, struct unit *u,
    const char *dir, const struct str_list *trusted, uint32_t wanted)
{
	if (!dir)
		return cli_compile(cli, o, u, wanted);
	cli_compile(cli, o, u, 0);
	return cli_run_bundle(u, dir, trusted, wanted);
}
