/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The places of the sandbox, each with who needs it.
 */
#include "driver/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/sandbox.h"

/* Places whose descriptors are ours. */
struct places {
	struct arena *arena;
	VEC(struct sandbox_place) v;
};

/* Lets PATH be written, a file or all below a folder.  0 or an errno value. */
static int
add_place(struct places *p, const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		fd = file_open_parent(path);
	if (fd < 0)
		return errno;
	*vec_push(&p->v, p->arena) = (struct sandbox_place){fd, SANDBOX_WRITE};
	return 0;
}

/* An input that is not there is no failure: reading it says so. */
static void
add_places(struct unit *u, struct places *p)
{
	const char *const written[] = {unit_ran(u, PASS_OUTPUT)
		? u->opt.identity_lock
		: NULL,
	    u->opt.report};

	for (size_t i = 0; i < u->opt.ninputs && u->opt.rewrites; i++)
		add_place(p, u->opt.inputs[i]);
	for (size_t i = 0; i < 2 && u->failure.error == 0; i++) {
		int error = written[i] ? add_place(p, written[i]) : 0;

		if (error)
			u->failure =
			    (struct unit_failure){"write", written[i], error};
	}
}

static int
enter(struct unit *u, const struct places *p)
{
	struct sandbox_place all[OUTDIR_PLACES];
	size_t n = outdir_places(&u->out, all);
	struct sandbox in_force;
	struct places v = {.arena = &u->scratch};
	int error = sandbox_keep_capabilities(SANDBOX_FILE_CAPABILITIES);

	for (size_t i = 0; i < n; i++)
		*vec_push(&v.v, v.arena) = all[i];
	VEC_FOREACH (place, &p->v)
		*vec_push(&v.v, v.arena) = *place;
	return error ? error : sandbox_enter(v.v.v, v.v.n, &in_force);
}

void
rights_give_up(struct unit *u)
{
	struct places p = {.arena = &u->scratch};
	int error;

	add_places(u, &p);
	error = u->failure.error == 0 ? enter(u, &p) : 0;
	if (error)
		u->failure =
		    (struct unit_failure){"enter", "the sandbox", error};
	VEC_FOREACH (place, &p.v)
		close(place->fd);
}
