/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests by kind, namespace and name, and what becomes of a second one. */
#include "repo/twins.h"

#include "base/buf.h"
#include "base/map.h"
#include "diag_gen.h"
#include "repo/edit.h"
#include "repo/tree.h"
#include "schema/schema.h"

struct settling {
	struct repo *repo;
	struct arena *arena;
	struct diag_sink *sink;
	const struct source_set *sources;
	struct map by_id;
	struct buf id;
	const struct repo_options *opt;
};

/* What the API server adds, which makes no difference. */
static const char *const added[] = {"managedFields", "uid", "resourceVersion",
    "generation", "creationTimestamp", "annotations", "selfLink", NULL};

static bool
is_policy(const struct ynode *n)
{
	return schema_knows_kind(edit_text(ynode_get(n, "kind")), true);
}

/* What of N a user wrote. */
static const struct ynode *
written(struct arena *a, const struct ynode *n)
{
	const struct ynode *meta = ynode_get(n, "metadata");

	for (const char *const *key = added; meta && *key; key++)
		meta = edit_put(a, meta, str_of(*key), n->at, NULL);
	if (meta)
		n = edit_put(a, n, STR("metadata"), n->at, meta);
	return is_policy(n) ? edit_put(a, n, STR("status"), n->at, NULL) : n;
}

static bool
differ(struct arena *a, const struct ynode *x, const struct ynode *y)
{
	return !edit_equal(x, y) && !edit_equal(written(a, x), written(a, y));
}

/* The place of N among the objects; NULL when it is not known which it is. */
static void **
place_of(struct settling *s, const struct manifest *m)
{
	const struct ynode *n = m->node;
	struct str kind = edit_text(ynode_get(n, "kind"));
	struct str api = edit_text(ynode_get(n, "apiVersion"));
	struct str name = edit_text(edit_find(n, "metadata/name"));
	struct str ns = edit_text(edit_find(n, "metadata/namespace"));
	const char *slash = memchr(api.s, '/', api.n);
	size_t group = slash ? (size_t)(slash - api.s) : 0;

	if (kind.n == 0 || name.n == 0 || !schema_knows_kind(kind, false))
		return NULL;
	if (!schema_is_namespaced(kind))
		ns = STR("");
	else if (ns.n == 0)
		ns = s->opt->default_ns;
	s->id.n = 0;
	buf_put(&s->id, api.s, group);
	for (size_t i = 0; i < 3; i++) {
		buf_putc(&s->id, '/');
		buf_str(&s->id, (struct str[]){kind, ns, name}[i]);
	}
	return map_put(&s->by_id, s->id.p, s->id.n);
}

/* The object of the cluster with what the input says of it. */
static const struct ynode *
applied(struct arena *a, const struct ynode *live, const struct ynode *wanted)
{
	return is_policy(wanted) ? wanted : edit_merge(a, live, wanted, NULL);
}

/* Whether N is a ConfigMap that no verdict hangs on. */
static bool
is_variables(const struct ynode *n)
{
	return str_is(edit_text(ynode_get(n, "kind")), "ConfigMap") &&
	    !str_is(edit_text(edit_find(n, "metadata/name")), "cilium-config");
}

static void
report_roots(struct settling *s, const struct manifest *first,
    const struct manifest *second)
{
	struct str a = str_of(first->root), b = str_of(second->root);
	struct span at = second->node->at;
	struct diag *d;

	if (s->repo->several || is_variables(second->node))
		return;
	s->repo->several = true;
	d = s->opt->one_cluster ? diag_which_root(s->sink, at, a, b)
				: diag_several_roots(s->sink, at, a, b);
	diag_note(s->sink, d, first->node->at, "the first one");
}

/* The folder of a manifest's file. */
static const char *
folder_of(const struct settling *s, const struct manifest *m)
{
	return tree_dir(s->arena, s->sources->v.v[m->node->at.source - 1].name);
}

/*
 * Whether two manifests that nothing builds are in folders of their own and
 * say no namespace, so that they may be meant for two.
 */
static bool
may_be_apart(const struct settling *s, const struct manifest *first,
    const struct manifest *second)
{
	const char *const path = "metadata/namespace";
	struct str kind = edit_text(ynode_get(first->node, "kind"));

	return !first->root && !second->root && !first->context &&
	    schema_is_namespaced(kind) && !edit_find(first->node, path) &&
	    !edit_find(second->node, path) &&
	    strcmp(folder_of(s, first), folder_of(s, second)) != 0;
}

/* SECOND is a twin of FIRST; whether it is settled and goes away. */
static bool
settle(struct settling *s, struct manifest *first, struct manifest *second)
{
	struct arena *a = s->arena;
	struct diag *d;

	if (second->idle)
		return false;
	if (first->context != second->context) {
		first->node = first->context
		    ? applied(a, first->node, second->node)
		    : applied(a, second->node, first->node);
		first->context = false;
		return true;
	}
	if (!differ(a, first->node, second->node))
		return true;
	if (may_be_apart(s, first, second))
		return false;
	/* A file that nothing applies, beside what is. */
	if (first->root && !second->root && !is_policy(second->node)) {
		second->idle = true;
		return false;
	}
	if (first->root && second->root && first->root != second->root) {
		report_roots(s, first, second);
		second->idle = true;
		return false;
	}
	if (!first->context) {
		d = diag_twins(s->sink, second->node->at,
		    edit_text(ynode_get(second->node, "kind")),
		    edit_text(edit_find(second->node, "metadata/name")));
		diag_note(s->sink, d, first->node->at, "the first one");
		second->idle = true;
		return false;
	}
	return true;
}

void
twins_settle(struct repo *r, struct arena *a, struct diag_sink *sink,
    const struct source_set *sources, const struct repo_options *opt)
{
	struct settling s = {.repo = r,
	    .arena = a,
	    .sink = sink,
	    .sources = sources,
	    .opt = opt};
	size_t kept = 0;

	map_init(&s.by_id, a);
	buf_init(&s.id, a);
	for (size_t i = 0; i < r->v.n; i++) {
		struct manifest m = r->v.v[i];
		void **place = place_of(&s, &m);

		/* The index plus one: manifests move up. */
		if (place && *place && !m.idle &&
		    settle(&s, &r->v.v[(uintptr_t)*place - 1], &m))
			continue;
		r->v.v[kept++] = m;
		if (place && !*place && !m.idle)
			*place = (void *)(uintptr_t)kept;
	}
	r->v.n = kept;
}
