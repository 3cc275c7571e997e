/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/input.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/map.h"
#include "diag_gen.h"

static const char *const suffixes[] = {".yaml", ".yml", ".json", NULL};

struct input {
	const char *path;
	bool context;
};

struct input_list {
	struct arena *arena;
	struct diag_sink *sink;
	VEC(struct input) v;
	struct map seen; /* by device and inode */
};

static void
cannot_read(struct diag_sink *sink, const char *path, int error)
{
	diag_cannot_read_file(sink, (struct span){0}, path,
	    strerrordesc_np(error));
}

static void
add_file(struct input_list *l, const char *path, const struct stat *st,
    bool context)
{
	const uint64_t id[] = {st->st_dev, st->st_ino};
	void **place = map_put(&l->seen, id, sizeof(id));

	if (*place)
		return;
	*place = l;
	*vec_push(&l->v, l->arena) = (struct input){path, context};
}

static void
add_dir(struct input_list *l, const char *dir, bool context)
{
	struct file_list files = {0};
	struct stat st;

	file_walk(&files, l->arena, dir, suffixes);
	VEC_FOREACH (f, &files.failed)
		cannot_read(l->sink, f->path, f->error);
	if (files.path.n == 0 && files.failed.n == 0)
		diag_no_input_files(l->sink, (struct span){0}, dir);
	VEC_FOREACH (path, &files.path) {
		if (stat(*path, &st) == 0)
			add_file(l, *path, &st, context);
		else
			cannot_read(l->sink, *path, errno);
	}
}

static void
add_paths(struct input_list *l, const char *const *path, size_t n, bool context)
{
	struct stat st;

	for (size_t i = 0; i < n; i++) {
		bool is_stdin = strcmp(path[i], "-") == 0;

		if ((is_stdin ? fstat(0, &st) : stat(path[i], &st)) != 0)
			cannot_read(l->sink, path[i], errno);
		else if (S_ISDIR(st.st_mode))
			add_dir(l, path[i], context);
		else
			add_file(l, path[i], &st, context);
	}
}

/*
 * Reads one source.  It touches nothing but its arguments, so that several
 * can be read at once, each into an arena and a sink of its own.
 */
static void
read_one(struct arena *a, struct diag_sink *sink, const struct input *in,
    uint32_t source, struct str *ret_text, struct ydocs *ret_docs)
{
	size_t max = ylimits_default.bytes;
	int error = file_read(a, in->path, max, ret_text);

	if (error == EFBIG)
		diag_too_large(sink, (struct span){0}, in->path, max);
	else if (error != 0)
		cannot_read(sink, in->path, error);
	else
		yaml_read(a, sink, *ret_text, source, &ylimits_default,
		    ret_docs);
}

void
input_read(struct arena *a, struct diag_sink *sink,
    const struct unit_options *opt, struct source_set *sources,
    struct ydocs *ret_docs)
{
	struct input_list l = {.arena = a, .sink = sink};

	map_init(&l.seen, a);
	add_paths(&l, opt->inputs, opt->ninputs, false);
	add_paths(&l, opt->cluster, opt->ncluster, true);
	VEC_FOREACH (in, &l.v) {
		bool is_stdin = strcmp(in->path, "-") == 0;
		uint32_t n = source_add(sources,
		    is_stdin ? "<stdin>" : in->path, STR(""));
		struct source *s = &sources->v.v[n - 1];
		struct ydocs docs = {0};

		s->context = in->context;
		read_one(a, sink, in, n, &s->text, &docs);
		VEC_FOREACH (doc, &docs.v)
			*vec_push(&ret_docs->v, a) = *doc;
	}
}
