/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Generators are carried out here where they are lists, or look for folders;
 * all others ask a cluster or a server.
 */
#include "repo/argo.h"

#include <fnmatch.h>

#include "base/buf.h"
#include "base/map.h"
#include "diag_gen.h"
#include "repo/edit.h"

/* What one round of a generator gives: names and texts. */
struct round {
	struct arena *arena;
	struct map values;
};

/* An ApplicationSet being expanded. */
struct set {
	struct tree *tree;
	const struct ynode *object, *template;
	struct argo_apps *to;
};

static bool
is_kind(const struct ynode *n, const char *kind)
{
	return n->kind == Y_MAP &&
	    str_is(edit_text(ynode_get(n, "kind")), kind) &&
	    str_starts(edit_text(ynode_get(n, "apiVersion")),
		STR("argoproj.io/"));
}

bool
argo_is(const struct ynode *n)
{
	return is_kind(n, "Application") || is_kind(n, "ApplicationSet");
}

/* ---- templates ---- */

static void
define(struct round *r, const char *name, struct str value)
{
	struct str *v = ARENA_NEW(r->arena, struct str);

	*v = value;
	*map_put(&r->values, name, strlen(name)) = v;
}

/* The name that a template's words ask for: "path" of ".path.path". */
static struct str
name_of(struct arena *a, struct str words)
{
	const struct str index = STR("index .path.segments ");

	while (words.n > 0 && words.s[0] == ' ')
		words = (struct str){words.s + 1, words.n - 1};
	while (words.n > 0 && words.s[words.n - 1] == ' ')
		words.n--;
	if (str_starts(words, index))
		return str_of(arena_printf(a, "path[%.*s]",
		    (int)(words.n - index.n), words.s + index.n));
	if (words.n > 0 && words.s[0] == '.')
		words = (struct str){words.s + 1, words.n - 1};
	return str_is(words, "path.path") ? STR("path") : words;
}

/* TEXT with what the round knows in place of {{...}}. */
static struct str
fill_text(struct round *r, struct str text)
{
	struct buf b;

	buf_init(&b, r->arena);
	for (;;) {
		const char *open = memmem(text.s, text.n, "{{", 2);
		size_t n = open ? (size_t)(open - text.s) : text.n;
		struct str rest = {text.s + n, text.n - n};
		const char *close = memmem(rest.s, rest.n, "}}", 2);
		const struct str *value;
		struct str name;

		buf_put(&b, text.s, n);
		if (!open || !close) {
			buf_str(&b, rest);
			return buf_as_str(&b);
		}
		n = (size_t)(close - rest.s);
		name = name_of(r->arena, (struct str){rest.s + 2, n - 2});
		value = map_get(&r->values, name.s, name.n);
		buf_str(&b, value ? *value : (struct str){rest.s, n + 2});
		text = (struct str){rest.s + n + 2, rest.n - n - 2};
	}
}

static const struct ynode *
fill(struct round *r, const struct ynode *n)
{
	if (n->kind == Y_STR && memmem(n->s.s, n->s.n, "{{", 2))
		return edit_string(r->arena, fill_text(r, n->s), n->at);
	for (uint32_t i = 0; n->kind == Y_SEQ && i < n->seq.n; i++)
		n = edit_item(r->arena, n, i, fill(r, n->seq.v[i]));
	for (uint32_t i = 0; n->kind == Y_MAP && i < n->map.n; i++) {
		const struct ypair *p = &n->map.v[i];

		n = edit_put(r->arena, n, p->key, p->key_at, fill(r, p->value));
	}
	return n;
}

/* Adds N, once for each source of its own. */
static void
add_app(struct tree *t, const struct ynode *n, struct argo_apps *to)
{
	const struct ynode *list = edit_find(n, "spec/sources");
	const struct ynode *spec = ynode_get(n, "spec");

	if (!list || list->kind != Y_SEQ) {
		*vec_push(&to->v, t->arena) = n;
		return;
	}
	for (uint32_t i = 0; i < list->seq.n; i++) {
		const struct ynode *source = list->seq.v[i];

		/* One that only lends its values makes no objects. */
		if (ynode_get(source, "ref") && !ynode_get(source, "path"))
			continue;
		*vec_push(&to->v, t->arena) =
		    edit_put(t->arena, n, STR("spec"), n->at,
			edit_put(t->arena, spec, STR("source"), source->at,
			    source));
	}
}

/* Adds what the template makes of one round. */
static void
add_round(const struct set *s, struct round *r)
{
	struct arena *a = s->tree->arena;
	const struct ynode *n = r ? fill(r, s->template) : s->template;
	struct span at = s->object->at;

	n = edit_put(a, n, STR("apiVersion"), at,
	    ynode_get(s->object, "apiVersion"));
	n = edit_put(a, n, STR("kind"), at,
	    edit_string(a, STR("Application"), at));
	add_app(s->tree, n, s->to);
}

static struct round *
new_round(const struct set *s)
{
	struct round *r = ARENA_NEW(s->tree->arena, struct round);

	*r = (struct round){.arena = s->tree->arena};
	map_init(&r->values, r->arena);
	return r;
}

/* ---- generators ---- */

static void
add_elements(const struct set *s, const struct ynode *elements)
{
	for (uint32_t i = 0; i < elements->seq.n; i++) {
		const struct ynode *e = elements->seq.v[i];
		struct round *r = new_round(s);

		for (uint32_t k = 0; e->kind == Y_MAP && k < e->map.n; k++) {
			const struct ypair *p = &e->map.v[k];

			if (p->value->kind == Y_STR)
				define(r,
				    arena_dup(r->arena, p->key.s, p->key.n),
				    p->value->s);
		}
		add_round(s, r);
	}
}

/* Whether the generator's list takes the folder, seen from the root. */
static bool
takes_dir(const struct ynode *list, const char *dir)
{
	bool taken = false;

	for (uint32_t i = 0; i < list->seq.n; i++) {
		const struct ynode *e = list->seq.v[i];
		const struct ynode *out = ynode_get(e, "exclude");
		struct str path = edit_text(ynode_get(e, "path"));

		if (path.n == 0 || fnmatch(path.s, dir, FNM_PATHNAME) != 0)
			continue;
		if (out && out->kind == Y_BOOL && out->b)
			return false;
		taken = true;
	}
	return taken;
}

static void
add_dir(const struct set *s, const char *dir)
{
	struct round *r = new_round(s);
	const char *part = dir, *slash;
	unsigned n = 0;

	define(r, "path", str_of(dir));
	for (;; part = slash + 1) {
		slash = strchrnul(part, '/');
		define(r, arena_printf(r->arena, "path[%u]", n++),
		    (struct str){part, (size_t)(slash - part)});
		if (!*slash)
			break;
	}
	define(r, "path.basename", str_of(part));
	define(r, "path.basenameNormalized", str_of(part));
	add_round(s, r);
}

/* Folders that hold some file of the input, at any depth. */
static void
add_dirs(const struct set *s, const struct ynode *list)
{
	struct tree *t = s->tree;
	struct map seen;

	map_init(&seen, t->arena);
	for (size_t i = 0; i < t->ninput; i++) {
		const char *dir = t->files.v[i]->path, *from_root;
		size_t n = strcmp(t->root, ".") == 0 ? 0 : strlen(t->root) + 1;
		void **place;

		if (!tree_is_below(dir, t->root) || t->files.v[i]->context)
			continue;
		while (strcmp(dir = tree_dir(t->arena, dir), ".") != 0 &&
		    strlen(dir) > n) {
			place = map_put(&seen, dir, strlen(dir));
			if (*place)
				break;
			*place = t;
			from_root = dir + n;
			if (takes_dir(list, from_root))
				add_dir(s, from_root);
		}
	}
}

/* What nothing here tells: the folder counts if the template names one. */
static void
add_unknown(const struct set *s, const struct ynode *generator)
{
	struct str path = edit_text(edit_find(s->template, "spec/source/path"));
	struct arena *a = s->tree->arena;
	struct set plain = *s;

	diag_kustomize_not_read(s->tree->sink, generator->at,
	    "this generator of an ApplicationSet");
	if (path.n == 0 || memmem(path.s, path.n, "{{", 2))
		return;
	plain.template = edit_put(a, s->template, STR("spec"), generator->at,
	    edit_put(a, ynode_get(s->template, "spec"), STR("destination"),
		generator->at, NULL));
	add_round(&plain, NULL);
}

static void
add_generated(const struct set *s, const struct ynode *generator)
{
	const struct ynode *elements = edit_find(generator, "list/elements");
	const struct ynode *dirs = edit_find(generator, "git/directories");

	if (elements && elements->kind == Y_SEQ)
		add_elements(s, elements);
	else if (dirs && dirs->kind == Y_SEQ)
		add_dirs(s, dirs);
	else
		add_unknown(s, generator);
}

void
argo_expand(struct tree *t, const struct ynode *n, struct argo_apps *to)
{
	const struct ynode *generators = edit_find(n, "spec/generators");
	struct set s = {t, n, edit_find(n, "spec/template"), to};

	if (is_kind(n, "Application")) {
		add_app(t, n, to);
		return;
	}
	if (!s.template || s.template->kind != Y_MAP || !generators)
		return;
	for (uint32_t i = 0; generators->kind == Y_SEQ && i < generators->seq.n;
	     i++)
		add_generated(&s, generators->seq.v[i]);
}

/* ---- folders ---- */

/* Whether PATH fits a glob in which * takes slashes and {a,b} is a choice. */
static bool
fits(struct arena *a, const char *glob, const char *path)
{
	const char *open = strchr(glob, '{'), *end, *word;

	if (!open || !(end = strchr(open, '}')))
		return fnmatch(glob, path, 0) == 0;
	for (word = open + 1; word <= end;) {
		size_t n = strcspn(word, ",}");

		if (fits(a,
			arena_printf(a, "%.*s%.*s%s", (int)(open - glob), glob,
			    (int)n, word, end + 1),
			path))
			return true;
		word += n + 1;
	}
	return false;
}

/* Whether an Application takes the file at PATH, seen from its folder. */
static bool
takes_file(struct arena *a, const struct ynode *n, const char *path)
{
	const struct ynode *deep =
	    edit_find(n, "spec/source/directory/recurse");
	struct str in =
	    edit_text(edit_find(n, "spec/source/directory/include"));
	struct str out =
	    edit_text(edit_find(n, "spec/source/directory/exclude"));

	if (strchr(path, '/') && !(deep && deep->kind == Y_BOOL && deep->b))
		return false;
	return !(out.n > 0 && fits(a, out.s, path)) &&
	    (in.n == 0 || fits(a, in.s, path));
}

const struct ynode *
argo_files(struct tree *t, const struct ynode *n, const char *dir)
{
	static const char skip[] = "# +argocd:skip-file-rendering";
	struct ynode *empty = ARENA_NEW(t->arena, struct ynode);
	const struct ynode *list = empty;
	size_t begin = strcmp(dir, ".") == 0 ? 0 : strlen(dir) + 1;

	*empty = (struct ynode){.kind = Y_SEQ, .at = n->at};
	VEC_FOREACH (p, &t->files) {
		struct tree_file *f = *p;
		struct str text;

		if (!tree_is_below(f->path, dir) || f->context ||
		    tree_is_kustomization(f->path))
			continue;
		text = t->sources->v.v[f->source - 1].text;
		if (takes_file(t->arena, n, f->path + begin) &&
		    !memmem(text.s, text.n, skip, sizeof(skip) - 1))
			list = edit_insert(t->arena, list, list->seq.n,
			    edit_string(t->arena, str_of(f->path + begin),
				n->at));
		else if (f->use == TREE_LOOSE)
			f->idle = true;
	}
	return list;
}
