/* SPDX-License-Identifier: Apache-2.0 */
/* Who names whom, and what is built first. */
#include "repo/roots.h"

#include "repo/argo.h"
#include "repo/edit.h"

static void
name_folder(void *arg, const char *path)
{
	struct building *b = arg;

	*map_put(&b->named, path, strlen(path)) = b;
}

static bool
is_kustomization_doc(const struct ynode *n)
{
	struct str kind = edit_text(ynode_get(n, "kind"));

	return n->kind == Y_MAP && !origin_is(n) &&
	    (kind.n == 0 || str_is(kind, "Kustomization") ||
		str_is(kind, "Component"));
}

/* Notes the folder that the object N, in the file F, wants built. */
static void
note_origin(struct building *b, const struct tree_file *f,
    const struct ynode *n)
{
	const char *dir = origin_dir(&b->tree, n);

	if (!*dir || tree_is_below(f->path, dir))
		return;
	name_folder(b, dir);
	if (!tree_kustomization(&b->tree, dir))
		*map_put(&b->listed, dir, strlen(dir)) = b;
}

static void
note_origins(struct building *b, const struct tree_file *f,
    const struct ynode *n)
{
	struct argo_apps apps = {0};
	struct tree quiet = b->tree;
	struct diag_sink sink;

	if (!origin_is(n))
		return;
	if (!argo_is(n)) {
		note_origin(b, f, n);
		return;
	}
	/* It is told when the objects are followed. */
	diag_sink_init(&sink, b->arena);
	quiet.sink = &sink;
	argo_expand(&quiet, n, &apps);
	VEC_FOREACH (app, &apps.v)
		note_origin(b, f, *app);
}

void
roots_note(struct building *b)
{
	for (size_t i = 0; i < b->tree.ninput; i++) {
		struct tree_file *f = b->tree.files.v[i];

		if (f->context)
			continue;
		if (tree_is_kustomization(f->path) && f->docs.v.n > 0 &&
		    is_kustomization_doc(f->docs.v.v[0])) {
			f->use = TREE_KUSTOMIZATION;
			kustomize_names(&b->kustomize,
			    tree_dir(b->arena, f->path), f->docs.v.v[0],
			    name_folder, b);
		}
		VEC_FOREACH (doc, &f->orders)
			note_origins(b, f, *doc);
	}
}

/* Whether DIR is below a folder whose every file counts. */
static bool
is_listed(const struct building *b, const char *dir)
{
	while (strcmp(dir = tree_dir(b->arena, dir), ".") != 0 &&
	    strcmp(dir, "/") != 0) {
		if (map_get(&b->listed, dir, strlen(dir)))
			return true;
	}
	return false;
}

/* Whether the folder DIR of F is a root, to be built by itself. */
static bool
is_root(const struct building *b, const struct tree_file *f, const char *only,
    const char *dir, bool named)
{
	if (f->entered || map_get(&b->built, dir, strlen(dir)))
		return false;
	if (only)
		return strcmp(dir, only) == 0;
	return named ||
	    !(map_get(&b->named, dir, strlen(dir)) || is_listed(b, dir));
}

/* How many folders PATH is below. */
static size_t
depth_of(const char *path)
{
	size_t n = 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

/* What is built from here on is of the folder ROOT. */
static void
begin_root(struct building *b, const char *root)
{
	b->root = root;
	b->tree.maps.n = 0;
}

void
roots_build_syncs(struct building *b, const char *only)
{
	for (size_t i = 0; i < b->tree.ninput; i++) {
		const struct tree_file *f = b->tree.files.v[i];

		if (f->context)
			continue;
		VEC_FOREACH (doc, &f->orders) {
			const struct ynode *n = origin_sync(b->arena, *doc);
			const char *dir = n ? origin_dir(&b->tree, n) : "";

			if (!*dir || map_get(&b->built, dir, strlen(dir)) ||
			    (only && strcmp(dir, only) != 0))
				continue;
			begin_root(b, dir);
			building_follow(b, n);
		}
	}
}

/*
 * Builds the folders of a depth with a kustomization, with NAMED those named
 * as well; whether there may be deeper ones.
 */
static bool
build_depth(struct building *b, const char *only, bool named, size_t depth)
{
	bool deeper = false;

	for (size_t i = 0; i < b->tree.ninput; i++) {
		const struct tree_file *f = b->tree.files.v[i];
		struct origin o = {.dir = tree_dir(b->arena, f->path)};

		deeper |= depth_of(f->path) > depth;
		if (f->use != TREE_KUSTOMIZATION || f->docs.v.n == 0 ||
		    f->context || depth_of(f->path) != depth ||
		    !is_root(b, f, only, o.dir, named))
			continue;
		o.file = f->docs.v.v[0];
		begin_root(b, o.dir);
		if (!kustomize_is_component(o.file))
			building_build(b, &o);
	}
	return deeper;
}

void
roots_build(struct building *b, const char *only, bool named)
{
	for (size_t depth = 0; build_depth(b, only, named, depth);)
		depth++;
}

/* Whether DIR is in a folder that something names. */
static bool
is_in_named(const struct building *b, const char *dir)
{
	for (; strcmp(dir, ".") != 0 && strcmp(dir, "/") != 0;
	     dir = tree_dir(b->arena, dir)) {
		if (map_get(&b->named, dir, strlen(dir)))
			return true;
	}
	return false;
}

void
roots_build_loose(struct building *b, bool named)
{
	for (size_t i = 0; i < b->tree.ninput; i++) {
		const struct tree_file *f = b->tree.files.v[i];
		const char *dir = tree_dir(b->arena, f->path);

		if (f->use != TREE_LOOSE || f->context ||
		    (!named && is_in_named(b, dir)))
			continue;
		begin_root(b, dir);
		VEC_FOREACH (doc, &f->orders) {
			if (origin_is(*doc))
				building_follow(b, *doc);
		}
	}
}
