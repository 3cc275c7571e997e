/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Revisions among the words of a command line.
 */
#include "cli/revisions.h"

#include <string.h>
#include <unistd.h>

void
revisions_take(struct cli *cli, struct options *o, size_t before, bool dashes)
{
	struct str_list *in = &o->inputs;
	bool is_file;

	if (before != 1 || (!dashes && in->v.n != 1))
		return;
	is_file = strcmp(in->v.v[0], "-") == 0 || access(in->v.v[0], F_OK) == 0;
	if (!dashes && is_file)
		return;
	o->revisions = in->v.v[0];
	in->v.n--;
	memmove(in->v.v, in->v.v + 1, in->v.n * sizeof(*in->v.v));
	if (in->v.n == 0)
		*vec_push(&in->v, &cli->arena) = ".";
}

/* A name, or HEAD where there is none. */
static const char *
or_head(const char *name)
{
	return *name ? name : "HEAD";
}

int
revisions_read(struct cli *cli, const char *word, struct revision ret[2])
{
	struct arena *a = &cli->arena;
	const char *dots = strstr(word, "..");
	const char *old =
	    or_head(dots ? arena_dup(a, word, (size_t)(dots - word)) : word);
	bool base = dots && dots[2] == '.';
	const char *new = dots ? or_head(dots + 2 + base) : NULL;

	ret[0] = (struct revision){.name = old, .shown = old};
	ret[1] = (struct revision){.name = new,
	    .shown = new ? new : "the work tree"};
	if (base) {
		ret[0].branch = new;
		ret[0].shown = arena_printf(a, "where %s leaves %s", new, old);
	}
	if (*old == '-' || (new &&*new == '-'))
		return cli_usage(cli, "no revision begins with a dash: %s",
		    word);
	return OPT_GO;
}
