/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What builds make, what their objects ask for in turn, and what is left when
 * all are built.
 */
#include "repo/repo.h"

#include "base/variable.h"
#include "diag_gen.h"
#include "repo/app_template.h"
#include "repo/argo.h"
#include "repo/edit.h"
#include "repo/embedded.h"
#include "repo/labels.h"
#include "repo/roots.h"
#include "repo/sniff.h"
#include "repo/twins.h"
#include "schema/schema.h"

/* ---- what was read and is none of ours ---- */

static bool
is_within(struct span at, struct span whole)
{
	return at.source == whole.source && at.start >= whole.start &&
	    at.end <= whole.end;
}

struct faults {
	const struct source_set *sources;
	const struct ydocs *docs;
};

/* Whether a finding of the yaml pass counts. */
static bool
keep_fault(const struct diag *d, const void *arg)
{
	const struct faults *f = arg;

	VEC_FOREACH (at, &f->docs->faulty) {
		struct str text = source_text(f->sources, *at);

		if (is_within(d->at, *at))
			return sniff_is_ours(text) && !sniff_is_template(text);
	}
	return true;
}

/*
 * The outermost folder above the file PATH that holds a chart, which those in
 * its charts/ are rendered with; NULL: none.
 */
static const char *
chart_of(struct building *b, const char *path)
{
	const char *dir = path, *above, *found = NULL;

	while (strcmp(above = tree_dir(b->arena, dir), dir) != 0) {
		dir = above;
		if (tree_holds(&b->tree,
			tree_join(b->arena, dir, STR("Chart.yaml"))))
			found = dir;
	}
	return found;
}

/* The templates of a chart, or else of a folder. */
struct templates {
	const char *dir;
	bool chart;
	struct span first;
	uint64_t n;
};

static void
note_templates(struct building *b, const struct ydocs *docs)
{
	VEC(struct templates *) all = {0};
	struct map by_dir;

	map_init(&by_dir, b->arena);
	VEC_FOREACH (at, &docs->faulty) {
		struct str text = source_text(b->tree.sources, *at);
		const char *path, *chart, *dir;
		struct templates *t;
		void **place;

		if (!sniff_is_ours(text) || !sniff_is_template(text))
			continue;
		path = tree_join(b->arena, ".",
		    str_of(b->tree.sources->v.v[at->source - 1].name));
		chart = chart_of(b, path);
		dir = chart ? chart : tree_dir(b->arena, path);
		place = map_put(&by_dir, dir, strlen(dir));
		if (!*place) {
			*place = t = ARENA_NEW(b->arena, struct templates);
			*t = (struct templates){dir, chart,
			    {at->source, at->start, at->start}, 0};
			*vec_push(&all, b->arena) = t;
		}
		t = *place;
		t->n++;
	}
	VEC_FOREACH (t, &all)
		diag_template(b->tree.sink, (*t)->first, (*t)->n, (*t)->dir,
		    (*t)->chart
			? arena_printf(b->arena,
			      "helm template NAME %s | cnpc lint -", (*t)->dir)
			: "render them, and give cnpc the result");
}

/* Whether some of what a cluster gets is made by charts. */
static bool
has_charts(const struct tree *t)
{
	for (size_t i = 0; i < t->ninput; i++) {
		const struct tree_file *f = t->files.v[i];
		const char *slash = strrchr(f->path, '/');

		if (f->context)
			continue;
		if (strcmp(slash ? slash + 1 : f->path, "Chart.yaml") == 0)
			return true;
		VEC_FOREACH (doc, &f->docs.v) {
			struct str kind = edit_text(ynode_get(*doc, "kind"));

			if (str_is(kind, "HelmRelease"))
				return true;
		}
	}
	return false;
}

/* ---- building ---- */

static void
add_open(struct building *b, struct span at)
{
	*vec_push(&b->repo->open, b->arena) = at;
}

/* Notes every scalar of N with a variable in it. */
static void
note_open(struct building *b, const struct ynode *n)
{
	if (n->kind == Y_STR && variable_in(n->s))
		add_open(b, n->at);
	for (uint32_t i = 0; n->kind == Y_SEQ && i < n->seq.n; i++)
		note_open(b, n->seq.v[i]);
	for (uint32_t i = 0; n->kind == Y_MAP && i < n->map.n; i++) {
		if (variable_in(n->map.v[i].key))
			add_open(b, n->map.v[i].key_at);
		note_open(b, n->map.v[i].value);
	}
}

static void
add(struct building *b, struct manifest m, bool variables)
{
	struct subst_report report = {0};

	if (variables) {
		m.node = subst_apply(&b->loose, b->arena, m.node, &report);
		note_open(b, m.node);
	}
	*vec_push(&b->repo->v, b->arena) = m;
}

static bool
substitutes(const struct ynode *n)
{
	const char *const key = "kustomize.toolkit.fluxcd.io/substitute";
	const struct ynode *labels = edit_find(n, "metadata/labels");
	const struct ynode *notes = edit_find(n, "metadata/annotations");

	return !(labels &&
		   str_is(edit_text(ynode_get(labels, key)), "disabled")) &&
	    !(notes && str_is(edit_text(ynode_get(notes, key)), "disabled"));
}

/* An object of a build as it is applied. */
static const struct ynode *
finish(struct building *b, const struct origin *o, const struct ynode *n)
{
	struct subst_report report = {0};

	if (o->subst && substitutes(n))
		n = subst_apply(o->subst, b->arena, n, &report);
	if (report.malformed)
		diag_kustomize_refuses(b->tree.sink, report.at,
		    report.malformed);
	if (o->default_ns.n > 0)
		n = labels_move(b->arena, n, o->default_ns, o->default_ns_at,
		    true);
	return n;
}

/* Builds the one folder that the object N asks for. */
static void
follow_one(struct building *b, const struct ynode *n)
{
	struct str ns = edit_text(edit_find(n, "spec/destination/namespace"));
	struct origin o;
	/* Several clusters may have it, and edit it first. */
	const char *key = arena_printf(b->arena, "%s:%u:%u:%s:" STR_FMT,
	    b->root, n->at.source, n->at.start, origin_dir(&b->tree, n),
	    STR_ARG(ns));
	void **seen = map_put(&b->built, key, strlen(key));

	if (*seen)
		return;
	*seen = b;
	if (origin_of(&b->tree, n, &o))
		building_build(b, &o);
	else
		b->repo->whole = false;
}

void
building_follow(struct building *b, const struct ynode *n)
{
	struct argo_apps apps = {0};

	if (!argo_is(n)) {
		follow_one(b, n);
		return;
	}
	argo_expand(&b->tree, n, &apps);
	VEC_FOREACH (app, &apps.v)
		follow_one(b, *app);
}

/* Adds the policies inside of DOC, which are judged and not in force. */
static void
add_embedded(struct building *b, const struct ynode *doc, struct manifest m)
{
	struct str kind = edit_text(ynode_get(doc, "kind"));
	struct build objects = {0};
	const struct ynode *ns;

	/* Of the kinds that are read only this one has room for others. */
	if (schema_knows_kind(kind, false) && !str_is(kind, "ConfigMap"))
		return;
	ns = origin_release_namespace(doc);
	embedded_find(&b->tree, doc, &objects);
	m.idle |= !b->embedded;
	VEC_FOREACH (o, &objects.v) {
		m.node = ns
		    ? labels_move(b->arena, o->node, ns->s, ns->at, true)
		    : o->node;
		add(b, m, true);
	}
}

static void
add_built(struct building *b, const struct ynode *n)
{
	const struct manifest m = {.node = n, .root = b->root};

	if (origin_is_config_map(n))
		*vec_push(&b->tree.maps, b->arena) = n;
	add(b, m, true);
	add_embedded(b, n, m);
}

void
building_build(struct building *b, const struct origin *o)
{
	struct build built;

	VEC(const struct ynode *) borrowers = {0};

	*map_put(&b->built, o->dir, strlen(o->dir)) = b;
	kustomize_build(&b->kustomize, o->dir, o->file, &built);
	b->repo->whole &= !built.incomplete && !built.refused;
	VEC_FOREACH (v, &built.v) {
		const struct ynode *n = finish(b, o, v->node);

		if (origin_is(n) && origin_borrows(n))
			*vec_push(&borrowers, b->arena) = n;
		else if (origin_is(n))
			building_follow(b, n);
		else
			add_built(b, n);
	}
	VEC_FOREACH (n, &borrowers)
		building_follow(b, *n);
}

/* Whether items of the list N tell their own kinds. */
static bool
has_kinds(const struct ynode *n)
{
	const struct ynode *items = ynode_get(n, "items");

	return items && items->kind == Y_SEQ && items->seq.n > 0 &&
	    ynode_get(items->seq.v[0], "kind");
}

static void
add_document(struct building *b, const struct ynode *doc, struct manifest m,
    bool variables)
{
	struct build objects = {0};

	if (has_kinds(doc)) {
		kustomize_unfold(b->arena, doc, &objects);
		VEC_FOREACH (o, &objects.v) {
			m.node = o->node;
			add(b, m, variables);
		}
		return;
	}
	m.node = doc;
	/* Values of a chart tell the version. */
	if (schema_is_manifest(doc) || doc->kind == Y_MAP)
		add(b, m, variables);
	if (!m.context)
		add_embedded(b, doc, m);
}

/* Says of a policy that nothing applies it. */
static void
note_idle(struct building *b, const struct ynode *doc)
{
	if (schema_knows_kind(edit_text(ynode_get(doc, "kind")), true))
		diag_not_listed(b->tree.sink, doc->at);
}

/*
 * Whether a build used the kustomization of the folder DIR, or could have: a
 * component is for others to use.
 */
static bool
is_built(struct building *b, const char *dir)
{
	const struct tree_file *f;

	if (map_get(&b->built, dir, strlen(dir)))
		return true;
	f = tree_kustomization(&b->tree, dir);
	return f &&
	    (f->entered ||
		(b->built.n > 0 && f->docs.v.n > 0 &&
		    kustomize_is_component(f->docs.v.v[0])));
}

/* What no build used; with ONLY the cluster's objects alone. */
static void
add_rest(struct building *b, const char *only)
{
	for (size_t i = 0; i < b->tree.ninput; i++) {
		const struct tree_file *f = b->tree.files.v[i];
		const char *dir = tree_dir(b->arena, f->path);
		struct manifest m = {.context = f->context};
		bool variables;

		if (f->use != TREE_LOOSE || (only && !f->context))
			continue;
		m.idle = !f->context && (f->idle || is_built(b, dir));
		/* A cluster's objects have none, and a look at each is dear. */
		variables = !f->context &&
		    variable_in(b->tree.sources->v.v[f->source - 1].text);
		VEC_FOREACH (doc, &f->docs.v) {
			if (origin_is(*doc))
				continue;
			if (m.idle)
				note_idle(b, *doc);
			add_document(b, *doc, m, variables);
		}
	}
}

/* Reports files that were named and hold nothing. */
static void
check_empty(struct building *b)
{
	for (size_t i = 0; i < b->tree.ninput; i++) {
		const struct tree_file *f = b->tree.files.v[i];
		const struct source *s = &b->tree.sources->v.v[f->source - 1];
		bool holds = !s->named || f->faulty;

		VEC_FOREACH (doc, &f->docs.v)
			holds |=
			    (*doc)->kind == Y_MAP || schema_is_manifest(*doc);
		if (!holds)
			diag_nothing_read(b->tree.sink, (struct span){0},
			    s->name);
	}
}

/* Whether it is in force, and no file says its namespace. */
static bool
lacks_namespace(const struct manifest *m)
{
	struct str kind = edit_text(ynode_get(m->node, "kind"));

	return !m->idle && !m->context && schema_knows_kind(kind, false) &&
	    schema_is_namespaced(kind) && !str_is(kind, "ConfigMap") &&
	    !edit_find(m->node, "metadata/uid") &&
	    edit_text(edit_find(m->node, "metadata/namespace")).n == 0;
}

/* Says which namespace is taken where none is given. */
static void
note_namespace(const struct repo *r, struct diag_sink *sink, struct str ns)
{
	const struct manifest *first = NULL;
	uint32_t n = 0;

	VEC_FOREACH (m, &r->v) {
		if (!lacks_namespace(m))
			continue;
		first = first ? first : m;
		n++;
	}
	if (first)
		diag_assumed_namespace(sink, first->node->at, n, ns);
}

void
repo_build(struct repo *r, struct arena *a, struct diag_sink *sink,
    struct source_set *sources, const struct ydocs *docs,
    const struct repo_options *opt)
{
	const char *only =
	    opt->root ? tree_join(a, ".", str_of(opt->root)) : NULL;
	const struct faults faults = {sources, docs};
	struct building b = {.repo = r, .arena = a};

	*r = (struct repo){.skipped = docs->skipped, .whole = opt->all};
	diag_sink_filter(sink, keep_fault, &faults);
	tree_init(&b.tree, a, sink, sources, docs, opt->files);
	b.kustomize = (struct kustomize){a, sink, &b.tree, 0};
	map_init(&b.named, a);
	map_init(&b.listed, a);
	map_init(&b.built, a);
	subst_init(&b.loose, a);
	b.loose.sources = sources;
	b.embedded = opt->embedded;
	b.tree.vars = opt->vars;
	b.tree.nvars = opt->nvars;
	for (size_t i = 0; i < opt->nvars; i++)
		subst_define_text(&b.loose, opt->vars[i]);
	r->whole &= !has_charts(&b.tree);
	origin_find_root(&b.tree);
	note_templates(&b, docs);
	if (!opt->allow_empty)
		check_empty(&b);
	roots_note(&b);
	roots_build_syncs(&b, only);
	roots_build(&b, only, false);
	if (!only) {
		roots_build_loose(&b, false);
		roots_build_loose(&b, true);
		roots_build(&b, only, true);
	}
	add_rest(&b, only);
	app_template_add(r, a);
	twins_settle(r, a, sink, sources, opt);
	if (opt->one_cluster && !opt->ns_given)
		note_namespace(r, sink, opt->default_ns);
	repo_sort_open(r);
}
