/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files in memory: by their paths, through links, and below a folder.
 */
#include "base/fileset.h"

#include <errno.h>
#include <stdlib.h>

#include "base/search.h"

#define HOPS_MAX 40 /* links that lead to links, as Linux has it */

static int
compare_files(const void *va, const void *vb)
{
	const struct fileset_file *const *a = va, *const *b = vb;

	return strcmp((*a)->path, (*b)->path);
}

void
fileset_init(struct fileset *set, struct arena *a)
{
	*set = (struct fileset){.arena = a};
	map_init(&set->by_path, a);
}

struct fileset_file *
fileset_add(struct fileset *set, const char *path, struct str text)
{
	struct fileset_file *f = ARENA_NEW(set->arena, struct fileset_file);

	*f = (struct fileset_file){.path = path, .text = text};
	*vec_push(&set->v, set->arena) = f;
	*map_put(&set->by_path, path, strlen(path)) = f;
	return f;
}

struct fileset_file *
fileset_link(struct fileset *set, const char *path, const char *leads_to)
{
	struct fileset_file *f = fileset_add(set, path, STR(""));

	f->leads_to = leads_to;
	return f;
}

void
fileset_close(struct fileset *set)
{
	if (set->v.n > 0)
		qsort(set->v.v, set->v.n, sizeof(*set->v.v), compare_files);
}

/* What has the name PATH itself. */
static const struct fileset_file *
named(const struct fileset *set, const char *path)
{
	return map_get(&set->by_path, path, strlen(path));
}

/* What PATH is called when links are followed; NULL when they lead in a circle.
 */
static const char *
follow(const struct fileset *set, const char *path)
{
	const struct fileset_file *f = named(set, path);

	for (int hops = 0; f && f->leads_to; hops++) {
		if (hops == HOPS_MAX)
			return NULL;
		path = f->leads_to;
		f = named(set, path);
	}
	return path;
}

const struct fileset_file *
fileset_get(const struct fileset *set, const char *path)
{
	path = follow(set, path);
	return path ? named(set, path) : NULL;
}

bool
fileset_is_link(const struct fileset *set, const char *path)
{
	const struct fileset_file *f = named(set, path);

	return f && f->leads_to;
}

/* "/shop/" of "/shop": what the paths below it begin with. */
static const char *
prefix_of(struct arena *a, const char *dir)
{
	size_t n = strlen(dir);

	return n > 0 && dir[n - 1] == '/' ? dir : arena_printf(a, "%s/", dir);
}

static size_t
first_below(const struct fileset *set, const char *prefix)
{
	size_t i;

	LOWER_BOUND(i, set->v.n, strcmp(set->v.v[i]->path, prefix) < 0);
	return i;
}

static bool
begins(const struct fileset *set, size_t i, const char *prefix)
{
	return i < set->v.n &&
	    strncmp(set->v.v[i]->path, prefix, strlen(prefix)) == 0;
}

bool
fileset_is_dir(const struct fileset *set, const char *path)
{
	const char *prefix;

	path = follow(set, path);
	if (!path)
		return false;
	prefix = prefix_of(set->arena, path);
	return begins(set, first_below(set, prefix), prefix);
}

/* Whether one of the folders in PATH is hidden. */
static bool
is_hidden(const char *path)
{
	for (const char *slash; (slash = strchr(path, '/')); path = slash + 1) {
		if (*path == '.')
			return true;
	}
	return false;
}

static void
visit_link(const struct fileset *set, const struct fileset_file *f,
    const char *shown, const char *const *suffixes, struct file_list *l)
{
	const char *slash = strrchr(shown, '/');

	if (fileset_is_dir(set, f->path) && slash[1] != '.')
		*vec_push(&l->linked, set->arena) = shown;
	else if (!file_has_suffix(shown, suffixes))
		return;
	else if (fileset_get(set, f->path))
		*vec_push(&l->path, set->arena) = shown;
	else
		*vec_push(&l->failed, set->arena) =
		    (struct file_error){shown, ENOENT};
}

void
fileset_walk(const struct fileset *set, const char *dir, const char *shown,
    const char *const *suffixes, struct file_list *l)
{
	const char *prefix = prefix_of(set->arena, follow(set, dir));

	shown = prefix_of(set->arena, shown);
	for (size_t i = first_below(set, prefix); begins(set, i, prefix); i++) {
		const struct fileset_file *f = set->v.v[i];
		const char *rest = f->path + strlen(prefix);
		const char *name =
		    arena_printf(set->arena, "%s%s", shown, rest);

		if (is_hidden(rest))
			continue;
		if (f->leads_to)
			visit_link(set, f, name, suffixes, l);
		else if (file_has_suffix(name, suffixes))
			*vec_push(&l->path, set->arena) = name;
	}
}
