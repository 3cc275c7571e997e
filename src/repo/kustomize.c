/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One folder after another: the table of steps is the order in which a
 * kustomization file is carried out.
 */
#include "repo/kustomize.h"

#include "base/ascii.h"
#include "diag_gen.h"
#include "repo/edit.h"
#include "repo/inner.h"
#include "repo/labels.h"
#include "repo/patch.h"
#include "repo/replace.h"
#include "repo/transform.h"

/* Folders in folders, so that a ring of them ends. */
#define DEPTH_MAX 32

/* The kustomization that is being carried out. */
struct stage {
	struct kustomize *k;
	const char *dir;
	const struct ynode *file;
	struct build *b;
};

static void build_into(struct kustomize *k, const char *dir,
    const struct ynode *file, struct build *b);

static void
refused(const struct stage *s, struct span at, const char *why)
{
	s->b->refused = true;
	diag_kustomize_refuses(s->k->sink, at, why);
}

static bool
same_but_case(struct str a, const char *b)
{
	size_t n = strlen(b);

	if (a.n != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (ascii_lower(a.s[i]) != ascii_lower(b[i]))
			return false;
	}
	return true;
}

const struct ynode *
kustomize_field(const struct ynode *file, const char *name)
{
	for (uint32_t i = 0; file->kind == Y_MAP && i < file->map.n; i++) {
		if (same_but_case(file->map.v[i].key, name))
			return file->map.v[i].value;
	}
	return NULL;
}

bool
kustomize_is_component(const struct ynode *file)
{
	return str_is(edit_text(kustomize_field(file, "kind")), "Component");
}

void
kustomize_unfold(struct arena *a, const struct ynode *doc, struct build *to)
{
	struct str kind = edit_text(ynode_get(doc, "kind"));
	const struct ynode *items = ynode_get(doc, "items");
	const struct str list = STR("List");

	if (!items || items->kind != Y_SEQ || kind.n < list.n ||
	    memcmp(kind.s + kind.n - list.n, list.s, list.n) != 0) {
		*vec_push(&to->v, a) = (struct built){doc, doc, false};
		return;
	}
	for (uint32_t i = 0; i < items->seq.n; i++)
		kustomize_unfold(a, items->seq.v[i], to);
}

/* Whether a resource is somewhere else. */
static bool
is_remote(struct str path)
{
	static const char *const begin[] = {"http://", "https://", "ssh://",
	    "git::", "git@", "gh:", "github.com/", NULL};

	for (const char *const *b = begin; *b; b++) {
		if (str_starts(path, str_of(*b)))
			return true;
	}
	return false;
}

/* What is not here. */
static void
missing(const struct stage *s, const struct ynode *path)
{
	s->b->incomplete = true;
	diag_not_in_tree(s->k->sink, path->at, path->s);
}

static void
add_folder(const struct stage *s, const char *dir, const struct ynode *path,
    bool component)
{
	struct tree_file *f = tree_kustomization(s->k->tree, dir);

	if (!f || f->docs.v.n == 0) {
		refused(s, path->at, "the folder has no kustomization file");
		return;
	}
	f->use = TREE_KUSTOMIZATION;
	f->entered = true;
	if (kustomize_is_component(f->docs.v.v[0]) != component)
		refused(s, path->at,
		    component ? "it is no Component"
			      : "a Component belongs in `components`");
	build_into(s->k, dir, f->docs.v.v[0], s->b);
}

static void
add_file(const struct stage *s, struct tree_file *f)
{
	f->use = TREE_RESOURCE;
	VEC_FOREACH (doc, &f->docs.v)
		kustomize_unfold(s->k->arena, *doc, s->b);
}

static struct str
text_at(const struct ynode *n, const char *path)
{
	return edit_text(edit_find(n, path));
}

/* Whether two objects are one to kustomize. */
static bool
same_object(const struct ynode *a, const struct ynode *b)
{
	static const char *const parts[] = {"metadata/name",
	    "metadata/namespace", "kind", "apiVersion"};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!str_eq(text_at(a, parts[i]), text_at(b, parts[i])))
			return false;
	}
	return true;
}

/* Reports objects that come twice; those from FIRST on are new. */
static void
check_ids(const struct stage *s, size_t first)
{
	struct build *b = s->b;

	for (size_t i = first; i < b->v.n; i++) {
		for (size_t j = 0; j < i; j++) {
			const struct ynode *n = b->v.v[i].node;

			if (same_object(b->v.v[j].node, n)) {
				refused(s, n->at, "the object comes twice");
				break;
			}
		}
	}
}

static void
add_paths(const struct stage *s, const struct ynode *list, bool component)
{
	for (uint32_t i = 0; i < list->seq.n; i++) {
		const struct ynode *path = list->seq.v[i];
		size_t before = s->b->v.n;
		const char *joined;
		struct tree_file *f;

		if (edit_text(path).n == 0)
			continue;
		if (is_remote(path->s)) {
			missing(s, path);
			continue;
		}
		joined = tree_join(s->k->arena, s->dir, path->s);
		f = tree_file(s->k->tree, joined);
		if (f && !component)
			add_file(s, f);
		else if (tree_is_dir(s->k->tree, joined) ||
		    tree_kustomization(s->k->tree, joined))
			add_folder(s, joined, path, component);
		else
			missing(s, path);
		check_ids(s, before);
	}
}

static void
step_resources(const struct stage *s, const struct ynode *list)
{
	add_paths(s, list, false);
}

static void
step_components(const struct stage *s, const struct ynode *list)
{
	add_paths(s, list, true);
}

static void
step_merges(const struct stage *s, const struct ynode *list)
{
	patch_merges(s->k, s->dir, list, s->b);
}

static void
step_patches(const struct stage *s, const struct ynode *list)
{
	patch_all(s->k, s->dir, list, s->b);
}

static void
step_namespace(const struct stage *s, const struct ynode *ns)
{
	VEC_FOREACH (o, &s->b->v)
		o->node =
		    labels_move(s->k->arena, o->node, ns->s, ns->at, false);
	check_ids(s, 0);
}

static void
step_prefix(const struct stage *s, const struct ynode *prefix)
{
	VEC_FOREACH (o, &s->b->v)
		o->node = labels_rename(s->k->arena, o->node, prefix->s,
		    STR(""), prefix->at);
}

static void
step_suffix(const struct stage *s, const struct ynode *suffix)
{
	VEC_FOREACH (o, &s->b->v)
		o->node = labels_rename(s->k->arena, o->node, STR(""),
		    suffix->s, suffix->at);
}

static void
step_common_labels(const struct stage *s, const struct ynode *labels)
{
	VEC_FOREACH (o, &s->b->v)
		o->node =
		    labels_add(s->k->arena, o->node, labels, LABELS_SELECTORS);
}

static bool
is_true(const struct ynode *n)
{
	return n && n->kind == Y_BOOL && n->b;
}

/* One entry of `labels`. */
static const struct ynode *
add_labels(struct arena *a, const struct ynode *n, const struct ynode *entry)
{
	const struct ynode *pairs = ynode_get(entry, "pairs");
	const struct ynode *fields = ynode_get(entry, "fields");
	enum label_reach reach = LABELS_PLAIN;

	if (!pairs)
		return n;
	if (is_true(ynode_get(entry, "includeSelectors")))
		reach = LABELS_SELECTORS;
	else if (is_true(ynode_get(entry, "includeTemplates")))
		reach = LABELS_TEMPLATES;
	n = labels_add(a, n, pairs, reach);
	for (uint32_t i = 0;
	     fields && fields->kind == Y_SEQ && i < fields->seq.n; i++)
		n = labels_add_field(a, n, pairs, fields->seq.v[i]);
	return n;
}

static void
step_labels(const struct stage *s, const struct ynode *list)
{
	for (uint32_t i = 0; i < list->seq.n; i++) {
		VEC_FOREACH (o, &s->b->v)
			o->node =
			    add_labels(s->k->arena, o->node, list->seq.v[i]);
	}
}

/* What can change objects or make some, and is not carried out. */
static void
unknown(const struct stage *s, const struct ynode *value, const char *what)
{
	diag_kustomize_not_read(s->k->sink, value->at, what);
	s->b->incomplete = true;
}

static void
step_charts(const struct stage *s, const struct ynode *value)
{
	unknown(s, value, "helmCharts: render them first");
}

static void
step_generators(const struct stage *s, const struct ynode *value)
{
	unknown(s, value, "generators");
}

/* Reads the file that an entry names by `path`, or nothing. */
static void
read_path(const struct stage *s, const struct ynode *path,
    struct ydocs *ret_docs)
{
	struct tree_file *f =
	    tree_file(s->k->tree, tree_join(s->k->arena, s->dir, path->s));

	*ret_docs = (struct ydocs){0};
	if (!f) {
		missing(s, path);
		return;
	}
	f->use = TREE_PART;
	tree_read_all(s->k->tree, f, ret_docs);
}

static void
replace_one(const struct stage *s, const struct ynode *replacement)
{
	if (!replace_fields(s->k, s->b, replacement))
		unknown(s, replacement, "this form of replacement");
}

/* All replacements of a file: it holds one, or a list of some. */
static void
replace_file(const struct stage *s, const struct ynode *path)
{
	struct ydocs docs;

	read_path(s, path, &docs);
	VEC_FOREACH (doc, &docs.v) {
		const struct ynode *n = *doc;

		if (n->kind != Y_SEQ)
			replace_one(s, n);
		for (uint32_t i = 0; n->kind == Y_SEQ && i < n->seq.n; i++)
			replace_one(s, n->seq.v[i]);
	}
}

static void
step_replacements(const struct stage *s, const struct ynode *list)
{
	for (uint32_t i = 0; i < list->seq.n; i++) {
		const struct ynode *entry = list->seq.v[i];
		const struct ynode *path = ynode_get(entry, "path");

		if (edit_text(path).n > 0)
			replace_file(s, path);
		else
			replace_one(s, entry);
	}
}

static void
transform_all(const struct stage *s, const struct ynode *n)
{
	if (!transform(s->k, s->dir, n, s->b))
		unknown(s, n, "this transformer");
}

/* Transformers that a folder makes. */
static void
transform_folder(const struct stage *s, const struct ynode *path,
    const char *dir)
{
	struct build made = {0};
	struct stage there = {s->k, dir, NULL, &made};

	add_folder(&there, dir, path, false);
	VEC_FOREACH (o, &made.v)
		transform_all(s, o->node);
	s->b->refused |= made.refused;
	s->b->incomplete |= made.incomplete;
}

static void
step_transformers(const struct stage *s, const struct ynode *list)
{
	for (uint32_t i = 0; i < list->seq.n; i++) {
		const struct ynode *entry = list->seq.v[i];
		struct ydocs docs = {0};
		const char *path;

		if (edit_text(entry).n == 0)
			continue;
		path = tree_join(s->k->arena, s->dir, entry->s);
		if (memchr(entry->s.s, '\n', entry->s.n))
			inner_read(s->k->arena, s->k->tree->sources, entry,
			    &docs);
		else if (tree_is_dir(s->k->tree, path))
			transform_folder(s, entry, path);
		else
			read_path(s, entry, &docs);
		VEC_FOREACH (doc, &docs.v)
			transform_all(s, *doc);
	}
}

static const struct step {
	const char *field;
	enum ynode_kind kind; /* of its value */
	void (*run)(const struct stage *s, const struct ynode *value);
} steps[] = {
    {"resources", Y_SEQ, step_resources},
    {"bases", Y_SEQ, step_resources},
    {"helmCharts", Y_SEQ, step_charts},
    {"helmChartInflationGenerator", Y_SEQ, step_charts},
    {"generators", Y_SEQ, step_generators},
    {"components", Y_SEQ, step_components},
    {"patchesStrategicMerge", Y_SEQ, step_merges},
    {"patches", Y_SEQ, step_patches},
    {"namespace", Y_STR, step_namespace},
    {"namePrefix", Y_STR, step_prefix},
    {"nameSuffix", Y_STR, step_suffix},
    {"labels", Y_SEQ, step_labels},
    {"commonLabels", Y_MAP, step_common_labels},
    {"patchesJson6902", Y_SEQ, step_patches},
    {"replacements", Y_SEQ, step_replacements},
    {"transformers", Y_SEQ, step_transformers},
};

static void
build_into(struct kustomize *k, const char *dir, const struct ynode *file,
    struct build *b)
{
	const struct stage s = {k, dir, file, b};
	struct build own = {.refused = b->refused, .incomplete = b->incomplete};
	bool component = kustomize_is_component(file);
	struct stage mine = s;

	if (k->depth == DEPTH_MAX) {
		refused(&s, file->at, "folders name each other in a ring");
		return;
	}
	k->depth++;
	/* A component acts on all that is there, a folder on what is its own.
	 */
	if (!component)
		mine.b = &own;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		const struct ynode *value =
		    kustomize_field(file, steps[i].field);

		if (value && value->kind == steps[i].kind)
			steps[i].run(&mine, value);
	}
	k->depth--;
	if (component)
		return;
	VEC_FOREACH (o, &own.v)
		*vec_push(&b->v, k->arena) = *o;
	b->refused |= own.refused;
	b->incomplete |= own.incomplete;
}

void
kustomize_build(struct kustomize *k, const char *dir, const struct ynode *file,
    struct build *ret_build)
{
	*ret_build = (struct build){0};
	build_into(k, dir, file, ret_build);
}

void
kustomize_names(struct kustomize *k, const char *dir, const struct ynode *file,
    void (*fn)(void *arg, const char *path), void *arg)
{
	static const char *const fields[] = {"resources", "bases", "components",
	    NULL};

	for (const char *const *f = fields; *f; f++) {
		const struct ynode *list = kustomize_field(file, *f);

		for (uint32_t i = 0;
		     list && list->kind == Y_SEQ && i < list->seq.n; i++) {
			struct str path = edit_text(list->seq.v[i]);

			if (path.n > 0 && !is_remote(path))
				fn(arg, tree_join(k->arena, dir, path));
		}
	}
}
