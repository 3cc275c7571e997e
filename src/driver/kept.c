/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files as they were read last.  A file is the same while its inode, size and
 * times are, and its last change was no news when it was read: two changes may
 * fall into one tick of the file system's clock.
 */
#include "driver/kept.h"

#include <errno.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"

/* Seconds after which a change is no news. */
#define SETTLED 2

void
kept_free(struct kept *k)
{
	VEC_FOREACH (f, &k->v)
		arena_free(&(*f)->arena);
	arena_free(&k->arena);
	*k = (struct kept){0};
}

void
kept_reserve(struct kept *k, size_t number)
{
	while (k->v.n < number)
		*vec_push(&k->v, &k->arena) =
		    ARENA_NEW(&k->arena, struct kept_file);
}

/* What tells one state of the file PATH from another. */
static int
state_of(const char *path, uint64_t ret[static 6])
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno;
	ret[0] = st.st_dev;
	ret[1] = st.st_ino;
	ret[2] = (uint64_t)st.st_size;
	ret[3] = (uint64_t)st.st_mtim.tv_sec * 1000000000 +
	    (uint64_t)st.st_mtim.tv_nsec;
	ret[4] = (uint64_t)st.st_ctim.tv_sec * 1000000000 +
	    (uint64_t)st.st_ctim.tv_nsec;
	/* Not the same twice, as long as the change is news. */
	ret[5] = time(NULL) - st.st_ctim.tv_sec > SETTLED
	    ? 0
	    : (uint64_t)time(NULL) + 1;
	return 0;
}

static bool
is_same(const struct kept_file *f, const char *path, const struct str *memory,
    const uint64_t state[static 6])
{
	if (!f->path || strcmp(f->path, path) != 0 || f->in_memory == !memory)
		return false;
	if (memory)
		return str_eq(f->text, *memory);
	return state[5] == 0 && memcmp(f->state, state, sizeof(f->state)) == 0;
}

int
kept_text(struct kept *k, uint32_t number, const char *path,
    const struct str *memory, size_t max, struct kept_file **ret_file,
    bool *ret_same)
{
	struct kept_file *f = k->v.v[number - 1];
	uint64_t state[6] = {0};
	struct str text;
	int error = 0;

	*ret_file = f;
	if (!memory)
		error = state_of(path, state);
	*ret_same = !error && is_same(f, path, memory, state);
	if (*ret_same)
		return 0;
	arena_free(&f->arena);
	*f = (struct kept_file){.in_memory = memory};
	memcpy(f->state, state, sizeof(state));
	diag_sink_init(&f->sink, &f->arena);
	if (error)
		return error;
	if (!memory)
		error = file_read(&f->arena, path, max, &text);
	else if (memory->n > max)
		error = EFBIG;
	else
		text = (struct str){arena_dup(&f->arena, memory->s, memory->n),
		    memory->n};
	if (error)
		return error;
	f->path = arena_dup(&f->arena, path, strlen(path));
	f->text = text;
	return 0;
}
