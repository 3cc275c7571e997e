/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files a command line names, and how several threads read them.
 */
#include "driver/input.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/map.h"
#include "diag_gen.h"
#include "driver/config.h"
#include "driver/git.h"
#include "driver/kept.h"
#include "repo/sniff.h"
#include "repo/tree.h"
#include "yaml/parts.h"

const char *const input_suffixes[] = {".yaml", ".yml", ".json", "Kustomization",
    NULL};

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
	const struct str *text; /* in place of the file; or NULL */
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
	const struct git_files *git; /* in place of the file system; or NULL */
	const struct config *config;
	const struct unit_text *texts;
	size_t ntexts;
	struct map text_of; /* the same by device and inode */
	struct kept *kept;
	VEC(struct input) v;
	struct map seen; /* by device and inode: number in V, from 1 */
};

static void
cannot_read(struct diag_sink *sink, const char *path, int error)
{
	diag_cannot_read_file(sink, (struct span){0}, path,
	    strerrordesc_np(error));
}

/* What a path leads to. */
struct found {
	int error;    /* errno value: it leads nowhere */
	bool outside; /* git has nothing of it */
	bool link, dir;
	uint64_t id[2];                    /* of the file */
	const struct fileset_file *stored; /* git has it, */
	const char *path;                  /* whose name for it this is */
	const struct unit_text *text;      /* it is but this */
};

/* Whether the real path PATH is in the repository of GIT. */
static bool
is_inside(const struct git_files *git, const char *path)
{
	size_t n = strlen(git->top);

	return strncmp(path, git->top, n) == 0 &&
	    (path[n] == '/' || path[n] == '\0' || git->top[n - 1] == '/');
}

static struct found
find_in(const struct git_files *git, struct arena *a, const char *path)
{
	const struct fileset *set = &git->files;
	const char *full = tree_join(a, git->cwd, str_of(path));
	struct found f = {.id = {UINT64_MAX}};
	char real[PATH_MAX];

	/* The folders above may be links. */
	if (!fileset_get(set, full) && !fileset_is_dir(set, full) &&
	    realpath(path, real))
		full = tree_join(a, real, STR("."));
	f.outside = !is_inside(git, full);
	f.stored = fileset_get(set, full);
	f.link = fileset_is_link(set, full);
	f.dir = fileset_is_dir(set, full);
	f.error = f.stored || f.dir ? 0 : ENOENT;
	f.id[1] = (uintptr_t)f.stored;
	f.path = full;
	return f;
}

/* The text for PATH, which is no file; NULL: there is none. */
static const struct unit_text *
text_for(const struct input_list *l, const char *path)
{
	for (size_t i = 0; i < l->ntexts; i++) {
		if (strcmp(l->texts[i].name, path) == 0)
			return &l->texts[i];
	}
	return NULL;
}

static struct found
find(const struct input_list *l, const char *path)
{
	struct found f = {0};
	struct stat st;
	bool is_stdin =
	    strcmp(path, "-") == 0 || strcmp(path, SOURCE_STDIN) == 0;
	bool there;

	if (l->git && !is_stdin)
		return find_in(l->git, l->arena, path);
	there = (is_stdin ? fstat(0, &st) : lstat(path, &st)) == 0;
	f.link = there && S_ISLNK(st.st_mode);
	if (f.link)
		there = stat(path, &st) == 0;
	if (!there) {
		f.error = errno;
		f.text = text_for(l, path);
		if (f.text) {
			f.error = 0;
			f.id[0] = UINT64_MAX;
			f.id[1] = (uintptr_t)f.text;
		}
		return f;
	}
	f.dir = S_ISDIR(st.st_mode) && !is_stdin;
	f.id[0] = st.st_dev;
	f.id[1] = st.st_ino;
	f.text = map_get(&l->text_of, f.id, sizeof(f.id));
	return f;
}

/* Adds IN, unless the file is there already: then that one, else NULL. */
static struct input *
mention(struct input_list *l, const struct found *found, struct input in)
{
	void **place = map_put(&l->seen, found->id, sizeof(found->id));

	if (*place)
		return &l->v.v[(uintptr_t)*place - 1];
	*vec_push(&l->v, l->arena) = in;
	*place = (void *)(uintptr_t)l->v.n;
	return NULL;
}

/* What is of the context may be asked about by another name. */
static void
add_file(struct input_list *l, const char *path, const struct found *found,
    struct role role)
{
	struct input *there;
	const struct str *text = NULL;

	if (found->stored)
		text = &found->stored->text;
	else if (found->text)
		text = &found->text->text;
	if (!role.context && config_excludes(l->arena, l->config, path))
		return;
	role.asked |= found->stored && found->stored->changed;
	there = mention(l, found,
	    (struct input){
		.path = path,
		.role = role,
		.text = text,
	    });
	if (there && role.asked && !there->role.asked) {
		there->path = path;
		there->role.asked = true;
	}
}

/* Which files have a text in their place. */
static void
note_texts(struct input_list *l, const struct unit_options *opt)
{
	map_init(&l->text_of, l->arena);
	for (size_t i = 0; i < opt->ntexts; i++) {
		struct found found = find(l, opt->texts[i].name);

		if (found.error == 0)
			*map_put(&l->text_of, found.id, sizeof(found.id)) =
			    (void *)&opt->texts[i];
	}
	l->texts = opt->texts;
	l->ntexts = opt->ntexts;
}

/* The texts in memory, each in place of the file of its name. */
static void
add_memory(struct input_list *l, const struct source_set *sources)
{
	VEC_FOREACH (source, &sources->v) {
		struct input in = {.path = source->name, .in_memory = true};
		struct found found = find(l, in.path);

		if (found.error != 0 || mention(l, &found, in))
			*vec_push(&l->v, l->arena) = in;
	}
}

/* Adds the files of a folder, links last. */
static void
add_found(struct input_list *l, const struct file_list *files, struct role role)
{
	VEC(const char *) links = {0};

	VEC_FOREACH (path, &files->path) {
		struct found found = find(l, *path);

		if (found.link)
			*vec_push(&links, l->arena) = *path;
		else if (found.error == 0)
			add_file(l, *path, &found, role);
		else
			cannot_read(l->sink, *path, found.error);
	}
	/* What has a name of its own here has that one. */
	VEC_FOREACH (path, &links) {
		struct found found = find(l, *path);

		if (found.error == 0)
			add_file(l, *path, &found, role);
	}
}

static void
add_dir(struct input_list *l, const char *dir, const struct found *found,
    struct role role)
{
	struct file_list files = {0};

	if (l->git)
		fileset_walk(&l->git->files, found->path, dir, input_suffixes,
		    &files);
	else
		file_walk(&files, l->arena, dir, input_suffixes);
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
	add_found(l, &files, role);
}

static void
add_paths(struct input_list *l, const char *const *path, size_t n,
    struct role role)
{
	for (size_t i = 0; i < n; i++) {
		struct found found = find(l, path[i]);

		if (found.outside)
			diag_outside_repository(l->sink, (struct span){0},
			    path[i], l->git->top);
		else if (found.error != 0)
			cannot_read(l->sink, path[i], found.error);
		else if (found.dir)
			add_dir(l, path[i], &found, role);
		else
			add_file(l, path[i], &found, role);
	}
}

/* What IN holds, as it was read before if it is still the same. */
static int
read_kept(struct kept *kept, struct input *in, size_t max)
{
	struct kept_file *f;
	bool same;
	int error =
	    kept_text(kept, in->number, in->path, in->text, max, &f, &same);

	if (error)
		return error;
	in->source->text = f->text;
	if (!same)
		yaml_read(&f->arena, &f->sink, f->text, in->number, &in->limits,
		    &f->docs);
	diag_copy(&in->sink, &f->sink);
	in->docs = f->docs;
	return 0;
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
	if (in->text)
		*text = *in->text;
	if (l->kept)
		error = read_kept(l->kept, in, max);
	else if (in->text)
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
	if (l->kept)
		return;
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
	VEC_FOREACH (in, &l->v) {
		in->source = &sources->v.v[in->number - 1];
		if (in->in_memory)
			in->text = &in->source->text;
	}
	if (l->kept)
		kept_reserve(l->kept, number);
}

const char *
input_below(const struct unit *u, const char *dir)
{
	char real_dir[PATH_MAX], real[PATH_MAX];

	if (!realpath(dir, real_dir))
		return NULL;
	VEC_FOREACH (s, &u->sources.v) {
		size_t n = strlen(real_dir);

		if (realpath(s->name, real) &&
		    strncmp(real, real_dir, n) == 0 && real[n] == '/')
			return s->name;
	}
	return NULL;
}

bool
input_is_there(const struct git_files *git, struct arena *a, const char *path)
{
	struct found f;

	if (!git)
		return access(path, F_OK) == 0;
	f = find_in(git, a, path);
	return f.error == 0 || f.outside;
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
	struct input_list l = {.arena = &u->perm,
	    .sink = &u->sink,
	    .git = opt->git,
	    .config = opt->config,
	    .kept = opt->kept};
	/* What a tool lists of a repository need be no manifest. */
	struct role asked = {.asked = true, .named = opt->ncontext == 0};
	struct role cluster = {.context = true}, context = {0};

	if (l.git) {
		diag_merge(l.sink, &l.git->sink);
		context.asked = l.git->lost;
		if (l.git->unknown)
			return;
	}
	map_init(&l.seen, &u->perm);
	note_texts(&l, opt);
	add_memory(&l, &u->sources);
	/* In the order of the whole, whatever is asked about. */
	add_paths(&l, opt->context, opt->ncontext, context);
	add_paths(&l, opt->inputs, opt->ninputs, asked);
	l.git = NULL;
	add_paths(&l, opt->cluster, opt->ncluster, cluster);
	/* A dump shows what is no manifest, too. */
	add_sources(&l, &u->sources, opt->dump == PASS_YAML);
	read_all(&l, &u->pool);
	VEC_FOREACH (in, &l.v)
		join(&l, in, &u->docs);
}
