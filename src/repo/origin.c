/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flux and Argo CD edit a folder's kustomization and build it: so their
 * objects become an edited kustomization here.
 */
#include "repo/origin.h"

#include "diag_gen.h"
#include "repo/argo.h"
#include "repo/edit.h"

static struct str
text_at(const struct ynode *n, const char *path)
{
	return edit_text(edit_find(n, path));
}

bool
origin_is_kind(const struct ynode *n, const char *group, const char *kind)
{
	return n->kind == Y_MAP && str_is(text_at(n, "kind"), kind) &&
	    str_starts(text_at(n, "apiVersion"), str_of(group));
}

static bool
is_flux(const struct ynode *n)
{
	return origin_is_kind(n, "kustomize.toolkit.fluxcd.io/",
	    "Kustomization");
}

bool
origin_is(const struct ynode *n)
{
	return is_flux(n) || argo_is(n);
}

const struct ynode *
origin_release_namespace(const struct ynode *n)
{
	const struct ynode *ns;

	if (!str_is(edit_text(ynode_get(n, "kind")), "HelmRelease"))
		return NULL;
	ns = edit_find(n, "spec/targetNamespace");
	if (edit_text(ns).n == 0)
		ns = edit_find(n, "metadata/namespace");
	return edit_text(ns).n > 0 ? ns : NULL;
}

/* Whether the path TEXT is the root of a repository. */
static bool
is_root(struct str text)
{
	return text.n == 0 || str_is(text, ".") || str_is(text, "./");
}

const struct ynode *
origin_sync(struct arena *a, const struct ynode *n)
{
	const struct ynode *path = NULL, *spec, *ret;

	if (origin_is_kind(n, "fluxcd.controlplane.io/", "FluxInstance"))
		path = edit_find(n, "spec/sync/path");
	else if (origin_is_kind(n, "helm.toolkit.fluxcd.io/", "HelmRelease"))
		path = edit_find(n, "spec/values/instance/sync/path");
	if (is_root(edit_text(path)))
		return NULL;
	spec = edit_put(a, NULL, STR("path"), path->at, path);
	ret = edit_put(a, NULL, STR("apiVersion"), n->at,
	    edit_string(a, STR("kustomize.toolkit.fluxcd.io/v1"), n->at));
	ret = edit_put(a, ret, STR("kind"), n->at,
	    edit_string(a, STR("Kustomization"), n->at));
	return edit_put(a, ret, STR("spec"), n->at, spec);
}

bool
origin_is_config_map(const struct ynode *n)
{
	return origin_is_kind(n, "v1", "ConfigMap");
}

bool
origin_borrows(const struct ynode *n)
{
	return edit_find(n, "spec/postBuild/substituteFrom");
}

/* The path in an object, from the root of its source. */
static struct str
path_of(const struct ynode *n)
{
	return is_flux(n) ? text_at(n, "spec/path")
			  : text_at(n, "spec/source/path");
}

/*
 * A source of the name that bootstrapping gives is this tree; the root of any
 * other one is another tree's.
 */
static bool
is_elsewhere(const struct tree *t, const struct ynode *n, struct str path)
{
	struct str name = text_at(n, "spec/sourceRef/name");

	if (argo_is(n))
		return path.n == 0 || edit_find(n, "spec/source/chart");
	if (is_root(path) && name.n > 0 && !str_is(name, "flux-system"))
		return true;
	return source_is_other(&t->repos, n);
}

/* What names the source of N. */
static struct str
source_of(const struct ynode *n)
{
	return is_flux(n) ? text_at(n, "spec/sourceRef/name")
			  : text_at(n, "spec/source/repoURL");
}

/* PATH below ROOT; a slash in front means nothing. */
static const char *
below_root(struct tree *t, const char *root, struct str path)
{
	while (path.n > 0 && path.s[0] == '/')
		path = (struct str){path.s + 1, path.n - 1};
	return tree_join(t->arena, root, path);
}

/* Whether N is of Flux or Argo CD: all that orders a build is. */
static bool
is_order(const struct ynode *n)
{
	static const char *const groups[] = {"argoproj.io/",
	    "fluxcd.controlplane.io/", "helm.toolkit.fluxcd.io/",
	    "kustomize.toolkit.fluxcd.io/", "source.toolkit.fluxcd.io/", NULL};
	struct str api = edit_text(ynode_get(n, "apiVersion"));

	for (const char *const *group = groups; *group; group++) {
		if (str_starts(api, str_of(*group)))
			return true;
	}
	return false;
}

static void
find_orders(struct tree *t)
{
	VEC_FOREACH (f, &t->files) {
		if ((*f)->context)
			continue;
		VEC_FOREACH (doc, &(*f)->docs.v) {
			if (is_order(*doc))
				*vec_push(&(*f)->orders, t->arena) = *doc;
		}
	}
}

static void
find_repos(struct tree *t)
{
	source_repos_init(&t->repos, t->arena);
	VEC_FOREACH (f, &t->files) {
		VEC_FOREACH (doc, &(*f)->orders)
			source_repos_add(&t->repos, *doc);
	}
}

/* The paths that objects of the tree name. */
struct paths {
	VEC(struct str) v;
};

static void
find_paths(struct tree *t, struct paths *ret_paths)
{
	VEC_FOREACH (f, &t->files) {
		VEC_FOREACH (doc, &(*f)->orders) {
			struct str path;

			if (!origin_is(*doc) ||
			    edit_find(*doc, "spec/generators"))
				continue;
			path = path_of(*doc);
			if (!is_elsewhere(t, *doc, path))
				*vec_push(&ret_paths->v, t->arena) = path;
		}
	}
}

/* Takes ROOT if more of the PATHS exist below it than *BEST. */
static void
try_root(struct tree *t, const struct paths *paths, const char *root,
    size_t *best)
{
	size_t n = 0;

	VEC_FOREACH (path, &paths->v)
		n += tree_is_dir(t, below_root(t, root, *path));
	if (n > *best) {
		*best = n;
		t->root = root;
	}
}

void
origin_find_root(struct tree *t)
{
	static const char *const above[] = {".", "..", "../..", "../../.."};
	struct paths paths = {0};
	struct map tried;
	size_t best = 0;

	t->root = ".";
	find_orders(t);
	find_repos(t);
	find_paths(t, &paths);
	map_init(&tried, t->arena);
	for (size_t i = 0; i < sizeof(above) / sizeof(above[0]); i++)
		try_root(t, &paths, above[i], &best);
	/* Where these do, the folders of the tree need not be tried. */
	for (size_t i = 0; i < t->files.n && 2 * best < paths.v.n; i++) {
		const char *dir = t->files.v[i]->path;

		while (strcmp(dir = tree_dir(t->arena, dir), ".") != 0 &&
		    strcmp(dir, "/") != 0) {
			void **seen = map_put(&tried, dir, strlen(dir));

			if (*seen)
				break;
			*seen = t;
			try_root(t, &paths, dir, &best);
		}
	}
}

/*
 * WANT below a folder that the file of N is in: what is shipped by itself is a
 * part of the repository that holds both.  "" where it is in none.
 */
static const char *
find_above(struct tree *t, const struct ynode *n, struct str want)
{
	const char *above = t->sources->v.v[n->at.source - 1].name;

	if (want.n == 0)
		return "";
	above = tree_join(t->arena, ".", str_of(above));
	while (strcmp(above = tree_dir(t->arena, above), ".") != 0 &&
	    strcmp(above, "/") != 0) {
		const char *dir = below_root(t, above, want);

		if (tree_is_dir(t, dir))
			return dir;
	}
	return "";
}

const char *
origin_dir(struct tree *t, const struct ynode *n)
{
	struct str want = path_of(n);
	const char *dir;

	if (is_elsewhere(t, n, want))
		return "";
	dir = below_root(t, t->root, want);
	return tree_is_dir(t, dir) ? dir : find_above(t, n, want);
}

static const struct ynode *
list_with(struct arena *a, const struct ynode *list, const struct ynode *more)
{
	if (!more || more->kind != Y_SEQ)
		return list;
	if (!list || list->kind != Y_SEQ)
		return more;
	for (uint32_t i = 0; i < more->seq.n; i++)
		list = edit_insert(a, list, list->seq.n, more->seq.v[i]);
	return list;
}

/* Every YAML file below DIR, and each folder there with a kustomization. */
static const struct ynode *
list_files(struct tree *t, const char *dir, struct span at)
{
	struct ynode *list = ARENA_NEW(t->arena, struct ynode);
	VEC(const struct ynode *) v = {0};
	struct map entered;

	map_init(&entered, t->arena);
	VEC_FOREACH (f, &t->files) {
		const char *path = (*f)->path, *sub = path, *top = NULL;
		void **seen;

		if (!tree_is_below(path, dir) || (*f)->context)
			continue;
		/* The outermost folder on the way that has one. */
		while (strcmp(sub = tree_dir(t->arena, sub), dir) != 0 &&
		    strcmp(sub, ".") != 0 && strcmp(sub, "/") != 0) {
			if (tree_kustomization(t, sub))
				top = sub;
		}
		path = top ? top : path;
		seen = map_put(&entered, path, strlen(path));
		if (*seen)
			continue;
		*seen = list;
		if (strcmp(dir, ".") != 0)
			path += strlen(dir) + (strcmp(dir, "/") != 0);
		*vec_push(&v, t->arena) =
		    edit_string(t->arena, str_of(path), at);
	}
	*list = (struct ynode){.kind = Y_SEQ, .at = at};
	list->seq.v = v.v;
	list->seq.n = (uint32_t)v.n;
	return list;
}

const struct ynode *
origin_kustomization(struct tree *t, const char *dir, struct span at)
{
	struct tree_file *f = tree_kustomization(t, dir);

	if (f && f->docs.v.n > 0) {
		f->use = TREE_KUSTOMIZATION;
		return f->docs.v.v[0];
	}
	return edit_put(t->arena, NULL, STR("resources"), at,
	    list_files(t, dir, at));
}

/* The kustomization FILE with the fields of FROM that replace its own. */
static const struct ynode *
replace_fields(struct arena *a, const struct ynode *file,
    const struct ynode *from, const char *const (*fields)[2])
{
	for (; from && (*fields)[0]; fields++) {
		const struct ynode *value = ynode_get(from, (*fields)[0]);

		if (value)
			file = edit_put(a, file, str_of((*fields)[1]),
			    value->at, value);
	}
	return file;
}

static const struct ynode *
append_fields(struct arena *a, const struct ynode *file,
    const struct ynode *from)
{
	static const char *const fields[] = {"patches", "components", NULL};

	for (const char *const *f = fields; from && *f; f++) {
		const struct ynode *list = list_with(a,
		    kustomize_field(file, *f), ynode_get(from, *f));

		if (list)
			file = edit_put(a, file, str_of(*f), list->at, list);
	}
	return file;
}

/*
 * The ConfigMap NAME: what the root's builds made of it, else the only one in
 * the tree.  NULL when it is not known which.
 */
static const struct ynode *
find_config_map(const struct tree *t, struct str name)
{
	const struct ynode *found = NULL;

	VEC_FOREACH (n, &t->maps) {
		if (str_eq(text_at(*n, "metadata/name"), name))
			return *n;
	}
	VEC_FOREACH (f, &t->files) {
		VEC_FOREACH (doc, &(*f)->docs.v) {
			if (!origin_is_config_map(*doc) ||
			    !str_eq(text_at(*doc, "metadata/name"), name))
				continue;
			if (found)
				return NULL;
			found = *doc;
		}
	}
	return found;
}

/* The variables of a Flux Kustomization; NULL when it fills in none. */
static const struct subst *
variables(struct tree *t, const struct ynode *n)
{
	const struct ynode *post = edit_find(n, "spec/postBuild");
	const struct ynode *from =
	    post ? ynode_get(post, "substituteFrom") : NULL;
	const struct ynode *own = post ? ynode_get(post, "substitute") : NULL;
	struct subst *s = ARENA_NEW(t->arena, struct subst);

	if (!from && !own)
		return NULL;
	subst_init(s, t->arena);
	s->flux = true;
	for (size_t i = 0; i < t->nvars; i++)
		subst_define_text(s, t->vars[i]);
	/* Flux patches more into its children than their files say. */
	for (uint32_t i = 0; from && from->kind == Y_SEQ && i < from->seq.n;
	     i++) {
		const struct ynode *entry = from->seq.v[i], *map = NULL;

		if (str_is(text_at(entry, "kind"), "ConfigMap"))
			map = find_config_map(t, text_at(entry, "name"));
		if (map)
			subst_define_all(s, ynode_get(map, "data"));
	}
	subst_define_all(s, own);
	return s;
}

static void
of_flux(struct tree *t, const struct ynode *n, struct origin *o)
{
	static const char *const fields[][2] = {{"targetNamespace",
						    "namespace"},
	    {"namePrefix", "namePrefix"}, {"nameSuffix", "nameSuffix"},
	    {NULL, NULL}};
	const struct ynode *spec = ynode_get(n, "spec");

	o->file = replace_fields(t->arena, o->file, spec, fields);
	o->file = append_fields(t->arena, o->file, spec);
	o->subst = variables(t, n);
}

static void
of_argo(struct tree *t, const struct ynode *n, struct origin *o)
{
	static const char *const fields[][2] = {{"namespace", "namespace"},
	    {"namePrefix", "namePrefix"}, {"nameSuffix", "nameSuffix"},
	    {"commonLabels", "commonLabels"}, {NULL, NULL}};
	const struct ynode *edits = edit_find(n, "spec/source/kustomize");
	const struct ynode *ns = edit_find(n, "spec/destination/namespace");

	o->file = replace_fields(t->arena, o->file, edits, fields);
	o->file = append_fields(t->arena, o->file, edits);
	o->default_ns = edit_text(ns);
	o->default_ns_at = ns ? ns->at : n->at;
}

/* The kustomization that N wants of DIR; NULL: it is a chart. */
static const struct ynode *
kustomization_for(struct tree *t, const struct ynode *n, const char *dir)
{
	struct arena *a = t->arena;

	if (is_flux(n))
		return origin_kustomization(t, dir, n->at);
	if (tree_holds(t, tree_join(a, dir, STR("Chart.yaml"))))
		return NULL;
	if (tree_kustomization(t, dir) &&
	    !edit_find(n, "spec/source/directory"))
		return origin_kustomization(t, dir, n->at);
	return edit_put(a, NULL, STR("resources"), n->at,
	    argo_files(t, n, dir));
}

bool
origin_of(struct tree *t, const struct ynode *n, struct origin *ret_origin)
{
	const char *dir = origin_dir(t, n);
	struct origin o = {.object = n, .dir = dir};

	if (!*dir) {
		if (is_elsewhere(t, n, path_of(n)))
			diag_other_source(t->sink, n->at, source_of(n));
		else
			diag_not_in_tree(t->sink, n->at, path_of(n));
		return false;
	}
	o.file = kustomization_for(t, n, dir);
	if (!o.file) {
		diag_kustomize_not_read(t->sink, n->at,
		    "a chart: render it first");
		return false;
	}
	if (is_flux(n))
		of_flux(t, n, &o);
	else
		of_argo(t, n, &o);
	*ret_origin = o;
	return true;
}
