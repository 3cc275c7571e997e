/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/cli.h"
#include "cli/opt.h"
#include "diag_gen.h"
#include "bundle/write.h"
#include "ident/lock_text.h"
#include "report/compile.h"

/* Brings the lock of identities up to date, if there is to be one. */
static int
write_lock(struct cli *cli, struct unit *u)
{
	const char *path = u->opt.identity_lock;
	int error;

	if (!path)
		return STATUS_OK;
	error = file_write(path,
	    identity_lock_text(&u->perm, &u->world, &u->objects));
	return error == 0 ? STATUS_OK
			  : cli_system(cli, error, "cannot write %s", path);
}

/* Whether the lock may be written: it is new, or is a lock. */
static bool
may_lock(struct unit *u)
{
	const char *path = u->opt.identity_lock;

	if (!path || access(path, F_OK) != 0 ||
	    identity_lock_read(&u->sources, &u->objects, path))
		return true;
	diag_not_a_lock(&u->sink, (struct span){0}, path);
	return false;
}

/* Writes the bundle of U to DIR; nothing when anything is wrong. */
static int
write_bundle(struct cli *cli, struct unit *u, const char *dir)
{
	const struct bundle_options opt = {.version = cli->version,
	    .sources = &u->sources};
	struct bundle bundle;
	int error;

	if (diag_failed(&u->sink) || !may_lock(u))
		return STATUS_BAD_INPUT;
	unit_step_begin(u, "bundle");
	bundle_make(&bundle, &u->pool, &u->perm, &u->sink, &opt, &u->pmaps);
	unit_step_end(u);
	if (diag_failed(&u->sink))
		return STATUS_BAD_INPUT;
	unit_step_begin(u, "write");
	error = bundle_write(&bundle, &u->perm, dir);
	unit_step_end(u);
	if (error == EEXIST) {
		diag_not_a_bundle(&u->sink, (struct span){0}, dir);
		return STATUS_BAD_INPUT;
	}
	if (error != 0)
		return cli_system(cli, error, "cannot write %s", dir);
	compile_summary(&cli->out, dir, u->opt.ir.model, &bundle.summary,
	    u->objects.skipped);
	return write_lock(cli, u);
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
