/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files a command line names, and how several threads read them.
 */
#include "driver/input.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/map.h"
#include "diag_gen.h"
#include "repo/sniff.h"
#include "repo/tree.h"
#include "yaml/parts.h"

static const char *const suffixes[] = {".yaml", ".yml", ".json",
    "Kustomization", NULL};

/* Bytes of a file that are worth a thread. */
#define PART_SIZE ((size_t)256 << 10)

/* How a path was named, as its source says it. */
struct role {
	bool context, named, asked;
};

struct input {
	const char *path;
	struct role role;
	bool in_memory;
	struct ylimits limits;
	/* What reading makes. */
	struct source *source;
	uint32_t number; /* of the source */
	struct diag_sink sink;
	struct ydocs docs;
	struct yparts parts; /* of a large file, instead of DOCS */
};

/* One part of one input. */
struct part_job {
	const struct input *in;
	struct ypart *part;
};

struct input_list {
	struct arena *arena;
	struct diag_sink *sink;
	VEC(struct input) v;
	struct map seen; /* by device and inode: number in V, from 1 */
};

static void
cannot_read(struct diag_sink *sink, const char *path, int error)
{
	diag_cannot_read_file(sink, (struct span){0}, path,
	    strerrordesc_np(error));
}

/* Adds IN, unless the file is there already: then that one, else NULL. */
static struct input *
mention(struct input_list *l, const struct stat *st, struct input in)
{
	const uint64_t id[] = {st->st_dev, st->st_ino};
	void **place = map_put(&l->seen, id, sizeof(id));

	if (*place)
		return &l->v.v[(uintptr_t)*place - 1];
	*vec_push(&l->v, l->arena) = in;
	*place = (void *)(uintptr_t)l->v.n;
	return NULL;
}

/* What is of the context may be asked about by another name. */
static void
add_file(struct input_list *l, const char *path, const struct stat *st,
    struct role role)
{
	struct input *there =
	    mention(l, st, (struct input){.path = path, .role = role});

	if (there && role.asked && !there->role.asked) {
		there->path = path;
		there->role.asked = true;
	}
}

/* The texts in memory, each in place of the file of its name. */
static void
add_memory(struct input_list *l, const struct source_set *sources)
{
	VEC_FOREACH (source, &sources->v) {
		struct input in = {.path = source->name, .in_memory = true};
		struct stat st;

		if (stat(in.path, &st) != 0 || mention(l, &st, in))
			*vec_push(&l->v, l->arena) = in;
	}
}

/* Adds the files that are links, or those that are none. */
static void
add_found(struct input_list *l, const struct file_list *files, struct role role,
    bool links)
{
	struct stat st;

	VEC_FOREACH (path, &files->path) {
		if (lstat(*path, &st) == 0 && S_ISLNK(st.st_mode) != links)
			continue;
		if (stat(*path, &st) == 0)
			add_file(l, *path, &st, role);
		else if (!links)
			cannot_read(l->sink, *path, errno);
	}
}

static void
add_dir(struct input_list *l, const char *dir, struct role role)
{
	struct file_list files = {0};

	file_walk(&files, l->arena, dir, suffixes);
	VEC_FOREACH (f, &files.failed) {
		if (f->error == ENOENT && strcmp(f->path, dir) != 0)
			diag_dangling_link(l->sink, (struct span){0}, f->path);
		else
			cannot_read(l->sink, f->path, f->error);
	}
	VEC_FOREACH (path, &files.linked)
		diag_linked_directory(l->sink, (struct span){0}, *path);
	if (files.path.n == 0 && files.failed.n == 0)
		diag_no_input_files(l->sink, (struct span){0}, dir);
	role.named = false;
	/* What has a name of its own here has that one. */
	add_found(l, &files, role, false);
	add_found(l, &files, role, true);
}

static void
add_paths(struct input_list *l, const char *const *path, size_t n,
    struct role role)
{
	struct stat st;

	for (size_t i = 0; i < n; i++) {
		bool is_stdin = strcmp(path[i], "-") == 0;

		if ((is_stdin ? fstat(0, &st) : stat(path[i], &st)) != 0)
			cannot_read(l->sink, path[i], errno);
		else if (S_ISDIR(st.st_mode))
			add_dir(l, path[i], role);
		else
			add_file(l, path[i], &st, role);
	}
}

static void
read_one(void *arg, struct worker *self, size_t i)
{
	struct input_list *l = arg;
	struct input *in = &l->v.v[i];
	struct str *text = &in->source->text;
	const struct ylimits *limits = &in->limits;
	size_t max = limits->bytes;
	int error;

	diag_sink_init(&in->sink, &self->perm);
	if (in->in_memory)
		error = text->n > max ? EFBIG : 0;
	else
		error = file_read(&self->perm, in->path, max, text);
	if (error == EFBIG) {
		diag_too_large(&in->sink, (struct span){0}, in->path, max);
		return;
	}
	if (error != 0) {
		cannot_read(&in->sink, in->path, error);
		return;
	}
	yaml_cut(&self->perm, *text, PART_SIZE, limits, &in->parts);
	if (in->parts.v.n == 0)
		yaml_read(&self->perm, &in->sink, *text, in->number, limits,
		    &in->docs);
}

static void
read_part(void *arg, struct worker *self, size_t i)
{
	const struct part_job *job = (struct part_job *)arg + i;

	yaml_read_part(&self->perm, &self->strings, job->in->source->text,
	    job->in->number, &job->in->limits, job->part);
}

/* Reads the files, each into memory and findings of its own. */
static void
read_all(struct input_list *l, struct pool *pool)
{
	VEC(struct part_job) jobs = {0};

	pool_run(pool, l->v.n, read_one, l);
	VEC_FOREACH (in, &l->v) {
		VEC_FOREACH (part, &in->parts.v)
			*vec_push(&jobs, l->arena) =
			    (struct part_job){in, part};
	}
	pool_run(pool, jobs.n, read_part, jobs.v);
}

/* What reading IN made, to that of the inputs before it. */
static void
join(struct input_list *l, struct input *in, struct ydocs *to)
{
	if (in->parts.v.n > 0)
		yaml_join(l->arena, &in->sink, in->source->text, in->number,
		    &in->limits, &in->parts, &in->docs);
	diag_merge(l->sink, &in->sink);
	ydocs_add(to, l->arena, &in->docs);
}

/* Gives every input that has none a source, in the order of the list. */
static void
add_sources(struct input_list *l, struct source_set *sources, bool all)
{
	uint32_t number = 0;

	VEC_FOREACH (in, &l->v) {
		bool is_stdin = strcmp(in->path, "-") == 0;

		in->number = ++number;
		in->limits = ylimits_default;
		/* All of a kustomization file counts; of others what is ours.
		 */
		if (!all && !tree_is_kustomization(in->path))
			in->limits.wanted = sniff_is_wanted;
		if (in->in_memory)
			continue;
		source_add(sources, is_stdin ? SOURCE_STDIN : in->path,
		    STR(""));
		sources->v.v[number - 1].context = in->role.context;
		sources->v.v[number - 1].named = in->role.named;
		sources->v.v[number - 1].asked = in->role.asked;
	}
	VEC_FOREACH (in, &l->v)
		in->source = &sources->v.v[in->number - 1];
}

bool
input_is_all(const struct unit *u)
{
	VEC_FOREACH (s, &u->sources.v) {
		if (!s->named && !s->context)
			return true;
	}
	return false;
}

void
input_read(struct unit *u)
{
	const struct unit_options *opt = &u->opt;
	struct input_list l = {.arena = &u->perm, .sink = &u->sink};
	/* What a tool lists of a repository need be no manifest. */
	struct role asked = {.asked = true, .named = opt->ncontext == 0};
	struct role cluster = {.context = true};

	map_init(&l.seen, &u->perm);
	add_memory(&l, &u->sources);
	/* In the order of the whole, whatever is asked about. */
	add_paths(&l, opt->context, opt->ncontext, (struct role){0});
	add_paths(&l, opt->inputs, opt->ninputs, asked);
	add_paths(&l, opt->cluster, opt->ncluster, cluster);
	/* A dump shows what is no manifest, too. */
	add_sources(&l, &u->sources, opt->dump == PASS_YAML);
	read_all(&l, &u->pool);
	VEC_FOREACH (in, &l.v)
		join(&l, in, &u->docs);
}
