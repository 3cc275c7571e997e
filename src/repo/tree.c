/* SPDX-License-Identifier: Apache-2.0 */
/* Files by their paths, and paths as text. */
#include "repo/tree.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static const char *const kustomization_names[] = {"kustomization.yaml",
    "kustomization.yml", "Kustomization", NULL};

/*
 * PATH without ".", empty parts and, where there is a part before it, "..".
 */
static const char *
shorten(struct arena *a, const char *path)
{
	bool rooted = path[0] == '/';
	char *out = arena_dup(a, path, strlen(path) + 1);
	size_t n = 0, floor = rooted;

	if (rooted)
		out[n++] = '/';
	for (size_t len; *path; path += len + (path[len] == '/')) {
		len = strcspn(path, "/");
		if (len == 0 || (len == 1 && path[0] == '.'))
			continue;
		if (len == 2 && path[0] == '.' && path[1] == '.' &&
		    (n > floor || rooted)) {
			while (n > floor && out[--n] != '/')
				;
			continue;
		}
		if (n > rooted)
			out[n++] = '/';
		memmove(out + n, path, len);
		n += len;
		if (len == 2 && path[0] == '.' && path[1] == '.')
			floor = n;
	}
	out[n] = '\0';
	return n > 0 ? out : ".";
}

const char *
tree_join(struct arena *a, const char *dir, struct str path)
{
	size_t n = strlen(dir);
	char *joined;

	if (path.n > 0 && path.s[0] == '/')
		return shorten(a, arena_dup(a, path.s, path.n));
	joined = arena_alloc(a, n + path.n + 2);
	memcpy(joined, dir, n);
	joined[n] = '/';
	if (path.n > 0)
		memcpy(joined + n + 1, path.s, path.n);
	return shorten(a, joined);
}

const char *
tree_dir(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return ".";
	return slash == path ? "/" : arena_dup(a, path, (size_t)(slash - path));
}

bool
tree_is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (strcmp(dir, ".") == 0)
		return path[0] != '/' && strncmp(path, "../", 3) != 0;
	return strncmp(path, dir, n) == 0 &&
	    (path[n] == '/' || dir[n - 1] == '/');
}

bool
tree_is_kustomization(const char *path)
{
	const char *slash = strrchr(path, '/');

	path = slash ? slash + 1 : path;
	for (const char *const *name = kustomization_names; *name; name++) {
		if (strcmp(path, *name) == 0)
			return true;
	}
	return false;
}

bool
tree_is_dir(struct tree *t, const char *path)
{
	struct stat st;

	if (t->set)
		return fileset_is_dir(t->set,
		    tree_join(t->arena, t->cwd, str_of(path)));
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The place of PATH in the map M of T. */
static void **
place_in(struct tree *t, struct map *m, const char *path)
{
	const char *key = tree_join(t->arena, t->cwd, str_of(path));

	return map_put(m, key, strlen(key));
}

/* The place of PATH among the files. */
static void **
place_of(struct tree *t, const char *path)
{
	return place_in(t, &t->by_path, path);
}

static struct tree_file *
add(struct tree *t, uint32_t source)
{
	const struct source *s = &t->sources->v.v[source - 1];
	struct tree_file *f = ARENA_NEW(t->arena, struct tree_file);

	*f = (struct tree_file){
	    .path = shorten(t->arena, s->name),
	    .source = source,
	    .context = s->context,
	};
	*vec_push(&t->files, t->arena) = f;
	*place_of(t, f->path) = f;
	return f;
}

void
tree_init(struct tree *t, struct arena *a, struct diag_sink *sink,
    struct source_set *sources, const struct ydocs *docs,
    const struct fileset *set)
{
	char *cwd = getcwd(NULL, 0);

	*t = (struct tree){.arena = a,
	    .set = set,
	    .sink = sink,
	    .sources = sources};
	t->cwd = cwd ? arena_dup(a, cwd, strlen(cwd)) : "/";
	free(cwd);
	map_init(&t->by_path, a);
	map_init(&t->absent, a);
	map_init(&t->kustomizations, a);
	for (uint32_t i = 1; i <= sources->v.n; i++)
		add(t, i);
	t->ninput = t->files.n;
	VEC_FOREACH (at, &docs->faulty)
		t->files.v[at->source - 1]->faulty = true;
	VEC_FOREACH (doc, &docs->v)
		*vec_push(&t->files.v[(*doc)->at.source - 1]->docs.v, a) = *doc;
}

/* Whether PATH has the name of a manifest, and is not rooted. */
static bool
may_read(const char *path)
{
	static const char *const suffixes[] = {".yaml", ".yml", ".json", NULL};
	size_t n = strlen(path);

	for (const char *const *s = suffixes; path[0] != '/' && *s; s++) {
		size_t len = strlen(*s);

		if (n > len && strcmp(path + n - len, *s) == 0)
			return true;
	}
	return path[0] != '/' && tree_is_kustomization(path);
}

static bool
read_regular(struct arena *a, const char *path, struct str *ret_text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int error;

	if (fd < 0)
		return false;
	error = file_read_regular(a, fd, ylimits_default.bytes, ret_text);
	close(fd);
	return error == 0;
}

/* The text of PATH, which is not of the input. */
static bool
read_other(struct tree *t, const char *path, struct str *ret_text)
{
	const struct fileset_file *f;

	if (!t->set)
		return read_regular(t->arena, path, ret_text);
	f = fileset_get(t->set, tree_join(t->arena, t->cwd, str_of(path)));
	if (!f || f->text.n > ylimits_default.bytes)
		return false;
	*ret_text = f->text;
	return true;
}

bool
tree_holds(struct tree *t, const char *path)
{
	return *place_of(t, path);
}

struct tree_file *
tree_file(struct tree *t, const char *path)
{
	struct tree_file *f = *place_of(t, path);
	void **absent;
	struct str text;
	uint32_t source;

	if (f || !may_read(path))
		return f;
	absent = place_in(t, &t->absent, path);
	if (*absent || !read_other(t, path, &text)) {
		*absent = t;
		return NULL;
	}
	source = source_add(t->sources, path, text);
	f = add(t, source);
	yaml_read(t->arena, t->sink, text, source, &ylimits_default, &f->docs);
	return f;
}

/* The same without a look at what is known. */
static struct tree_file *
find_kustomization(struct tree *t, const char *dir)
{
	for (const char *const *name = kustomization_names; *name; name++) {
		struct tree_file *f =
		    tree_file(t, tree_join(t->arena, dir, str_of(*name)));

		if (f)
			return f;
	}
	return NULL;
}

struct tree_file *
tree_kustomization(struct tree *t, const char *dir)
{
	void **known = map_put(&t->kustomizations, dir, strlen(dir));

	if (!*known) {
		struct tree_file *f = find_kustomization(t, dir);

		known = map_put(&t->kustomizations, dir, strlen(dir));
		*known = f ? (void *)f : t;
	}
	return *known == t ? NULL : *known;
}

void
tree_read_all(struct tree *t, const struct tree_file *f, struct ydocs *ret_docs)
{
	yaml_read(t->arena, t->sink, t->sources->v.v[f->source - 1].text,
	    f->source, &ylimits_default, ret_docs);
}
