/* SPDX-License-Identifier: Apache-2.0 */
/* The places of labels, names and namespaces in objects. */
#include "repo/labels.h"

/* A place in objects of a kind; KIND NULL: of every kind. */
struct field {
	enum label_reach reach;
	const char *group, *kind, *path;
	bool create;
};

static const struct field label_fields[] = {
    {LABELS_PLAIN, NULL, NULL, "metadata/labels", true},
    {LABELS_TEMPLATES, "apps", "Deployment", "spec/template/metadata/labels",
	true},
    {LABELS_TEMPLATES, "apps", "ReplicaSet", "spec/template/metadata/labels",
	true},
    {LABELS_TEMPLATES, "apps", "DaemonSet", "spec/template/metadata/labels",
	true},
    {LABELS_TEMPLATES, "apps", "StatefulSet", "spec/template/metadata/labels",
	true},
    {LABELS_TEMPLATES, "batch", "Job", "spec/template/metadata/labels", true},
    {LABELS_TEMPLATES, "batch", "CronJob", "spec/jobTemplate/metadata/labels",
	true},
    {LABELS_TEMPLATES, "batch", "CronJob",
	"spec/jobTemplate/spec/template/metadata/labels", true},
    {LABELS_SELECTORS, "apps", "Deployment", "spec/selector/matchLabels", true},
    {LABELS_SELECTORS, "apps", "ReplicaSet", "spec/selector/matchLabels", true},
    {LABELS_SELECTORS, "apps", "DaemonSet", "spec/selector/matchLabels", true},
    {LABELS_SELECTORS, "apps", "StatefulSet", "spec/selector/matchLabels",
	true},
    {LABELS_SELECTORS, "", "Service", "spec/selector", true},
    {LABELS_SELECTORS, "networking.k8s.io", "NetworkPolicy",
	"spec/podSelector/matchLabels", false},
    {LABELS_SELECTORS, "networking.k8s.io", "NetworkPolicy",
	"spec/ingress/from/podSelector/matchLabels", false},
    {LABELS_SELECTORS, "networking.k8s.io", "NetworkPolicy",
	"spec/egress/to/podSelector/matchLabels", false},
};

static struct str
group_of(const struct ynode *n)
{
	struct str api = edit_text(ynode_get(n, "apiVersion"));
	const char *slash = memchr(api.s, '/', api.n);

	return (struct str){api.s, slash ? (size_t)(slash - api.s) : 0};
}

static bool
is_kind(const struct ynode *n, const char *group, const char *kind)
{
	return str_is(edit_text(ynode_get(n, "kind")), kind) &&
	    str_is(group_of(n), group);
}

/* Labels on their way to a place. */
struct adding {
	struct arena *arena;
	const struct ynode *labels;
};

static const struct ynode *
add_to(void *arg, const struct ynode *old)
{
	const struct adding *add = arg;

	for (uint32_t i = 0; i < add->labels->map.n; i++) {
		const struct ypair *p = &add->labels->map.v[i];

		old = edit_put(add->arena, old, p->key, p->key_at, p->value);
	}
	return old;
}

const struct ynode *
labels_add(struct arena *a, const struct ynode *n, const struct ynode *labels,
    enum label_reach reach)
{
	struct adding add = {a, labels};
	size_t nfields = sizeof(label_fields) / sizeof(label_fields[0]);

	if (labels->kind != Y_MAP || labels->map.n == 0)
		return n;
	for (size_t i = 0; i < nfields; i++) {
		const struct field *f = &label_fields[i];

		if (f->reach <= reach &&
		    (!f->kind || is_kind(n, f->group, f->kind)))
			n = edit_at(a, n, f->path, f->create, labels->at,
			    add_to, &add);
	}
	return n;
}

/* Whether a fieldspec leaves KEY open, or N has that VALUE. */
static bool
field_fits(const struct ynode *fieldspec, const char *key, struct str value)
{
	struct str want = edit_text(ynode_get(fieldspec, key));

	return want.n == 0 || str_eq(want, value);
}

/* N with FN called at the place of a fieldspec, if N is of its kind. */
static const struct ynode *
edit_field(struct arena *a, const struct ynode *n,
    const struct ynode *fieldspec, struct span at, edit_fn *fn, void *arg)
{
	const struct ynode *create = ynode_get(fieldspec, "create");
	struct str path = edit_text(ynode_get(fieldspec, "path"));

	if (path.n == 0 ||
	    !field_fits(fieldspec, "kind", edit_text(ynode_get(n, "kind"))) ||
	    !field_fits(fieldspec, "group", group_of(n)))
		return n;
	return edit_at(a, n, path.s,
	    create && create->kind == Y_BOOL && create->b, at, fn, arg);
}

const struct ynode *
labels_add_field(struct arena *a, const struct ynode *n,
    const struct ynode *labels, const struct ynode *fieldspec)
{
	struct adding add = {a, labels};

	if (labels->kind != Y_MAP)
		return n;
	return edit_field(a, n, fieldspec, labels->at, add_to, &add);
}

/* A name on its way to a place. */
struct naming {
	struct arena *arena;
	struct str prefix, suffix;
};

static const struct ynode *
rename_it(void *arg, const struct ynode *old)
{
	const struct naming *naming = arg;
	struct str name = edit_text(old);

	if (name.n == 0)
		return old;
	return edit_string(naming->arena,
	    str_of(arena_printf(naming->arena, STR_FMT STR_FMT STR_FMT,
		STR_ARG(naming->prefix), STR_ARG(name),
		STR_ARG(naming->suffix))),
	    old->at);
}

const struct ynode *
labels_rename(struct arena *a, const struct ynode *n, struct str prefix,
    struct str suffix, struct span at)
{
	struct naming naming = {a, prefix, suffix};

	if (is_kind(n, "", "Namespace") || (prefix.n == 0 && suffix.n == 0))
		return n;
	return edit_at(a, n, "metadata/name", false, at, rename_it, &naming);
}

/* A namespace on its way to a place. */
struct moving {
	struct arena *arena;
	struct str ns;
	struct span at;
	bool unset_only;
};

static const struct ynode *
move_it(void *arg, const struct ynode *old)
{
	const struct moving *moving = arg;

	if (moving->unset_only && edit_text(old).n > 0)
		return old;
	return edit_string(moving->arena, moving->ns, moving->at);
}

const struct ynode *
labels_move(struct arena *a, const struct ynode *n, struct str ns,
    struct span at, bool unset_only)
{
	struct moving moving = {a, ns, at, unset_only};
	bool is_namespace = is_kind(n, "", "Namespace");

	if (ns.n == 0 || is_kind(n, "", "Node"))
		return n;
	return edit_at(a, n,
	    is_namespace ? "metadata/name" : "metadata/namespace", true, at,
	    move_it, &moving);
}

/* Whether a fieldspec counts for N; the place of a namespace needs none. */
static bool
field_counts(const struct ynode *n, const struct ynode *fieldspec)
{
	struct str path = edit_text(ynode_get(fieldspec, "path"));

	if (str_is(path, "metadata/namespace"))
		return false;
	return !str_is(path, "metadata/name") ||
	    str_is(edit_text(ynode_get(n, "apiVersion")), "v1");
}

const struct ynode *
labels_move_fields(struct arena *a, const struct ynode *n,
    const struct ynode *ns, const struct ynode *fieldspecs, bool unset_only)
{
	struct moving moving = {a, ns->s, ns->at, unset_only};

	if (!is_kind(n, "", "Namespace"))
		n = labels_move(a, n, ns->s, ns->at, unset_only);
	for (uint32_t i = 0; fieldspecs->kind == Y_SEQ && i < fieldspecs->seq.n;
	     i++) {
		if (field_counts(n, fieldspecs->seq.v[i]))
			n = edit_field(a, n, fieldspecs->seq.v[i], ns->at,
			    move_it, &moving);
	}
	return n;
}
