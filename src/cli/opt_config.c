/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One configuration for a command line: that of its inputs, which must have the
 * same one.
 */
#include "cli/opt_config.h"

#include <string.h>
#include <sys/stat.h>

/* How much of PATH is the folder that it is in. */
static size_t
folder_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

static bool
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Whether two inputs are files in one folder. */
static bool
beside(const char *a, const char *b)
{
	size_t n = folder_len(a);

	return n == folder_len(b) && strncmp(a, b, n) == 0 && !is_folder(a) &&
	    !is_folder(b);
}

/* The configuration of the inputs, or NULL, into *RET; OPT_GO, or a status. */
static int
find(struct cli *cli, const struct options *o, const char **ret)
{
	const char *found = NULL, *last = NULL, *first = NULL;

	if (o->inputs.v.n == 0)
		found = config_find(&cli->arena, ".");
	VEC_FOREACH (p, &o->inputs.v) {
		const char *input = strcmp(*p, "-") == 0 ? "./-" : *p, *path;

		if (last && beside(last, input))
			continue;
		path = config_find(&cli->arena, input);
		if (last && (found || path) &&
		    !(found && path && strcmp(found, path) == 0))
			return cli_usage(cli,
			    "%s and %s do not have the same " CONFIG_NAME
			    ": name one with --config, or use --no-config",
			    first, *p);
		first = first ? first : *p;
		last = input;
		found = path;
	}
	/* Without an input it is about what is here. */
	*ret = last ? found : config_find(&cli->arena, ".");
	return OPT_GO;
}

int
opt_read_config(struct cli *cli, struct options *o)
{
	const char *path = o->config_file.s;
	struct config *c;
	int status = OPT_GO;

	if (o->no_config)
		return path ? cli_usage(cli,
				  "--config and --no-config exclude each other")
			    : OPT_GO;
	if (!path)
		status = find(cli, o, &path);
	if (status != OPT_GO || !path)
		return status;
	c = ARENA_NEW(&cli->arena, struct config);
	config_read(c, &cli->arena, path);
	if (c->sink.v.n > 0)
		cli_diagnose(cli, &c->sources, &c->sink);
	o->config = c;
	o->unit.config = c;
	return diag_failed(&c->sink) ? STATUS_USAGE : OPT_GO;
}
