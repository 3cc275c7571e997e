/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patches: which text is one, which objects it is for, what it makes of them.
 * Those that kustomize applies to kinds that are not read here find nothing,
 * which is no fault.
 */
#include "repo/patch.h"

#include "diag_gen.h"
#include "repo/edit.h"
#include "repo/inner.h"
#include "repo/select.h"
#include "schema/schema.h"

/* A patch and whom it is for. */
struct patch {
	struct kustomize *k;
	const struct ynode *body;   /* a map to merge, or operations */
	const struct ynode *target; /* NULL: its own kind and name tell */
	bool may_rename;
};

static void
refused(struct kustomize *k, struct build *b, struct span at, const char *why)
{
	b->refused = true;
	diag_kustomize_refuses(k->sink, at, why);
}

static struct str
text_at(const struct ynode *n, const char *path)
{
	return edit_text(edit_find(n, path));
}

static bool
same_at(const struct patch *p, const struct ynode *n, const char *path)
{
	return str_eq(text_at(p->body, path), text_at(n, path));
}

/* Whether a patch without a target is for the object. */
static bool
names_fit(const struct patch *p, const struct built *o)
{
	return same_at(p, o->node, "apiVersion") &&
	    same_at(p, o->node, "kind") &&
	    (same_at(p, o->node, "metadata/name") ||
		same_at(p, o->original, "metadata/name")) &&
	    (same_at(p, o->node, "metadata/namespace") ||
		same_at(p, o->original, "metadata/namespace"));
}

/* N with what says which object it is as in BEFORE. */
static const struct ynode *
keep_identity(struct arena *a, const struct ynode *n,
    const struct ynode *before)
{
	static const char *const keys[] = {"name", "namespace"};
	const struct ynode *meta = ynode_get(n, "metadata");
	const struct ynode *old = ynode_get(before, "metadata");

	for (size_t i = 0; i < 2; i++)
		meta = edit_put(a, meta, str_of(keys[i]), n->at,
		    old ? ynode_get(old, keys[i]) : NULL);
	n = edit_put(a, n, STR("kind"), n->at, ynode_get(before, "kind"));
	return edit_put(a, n, STR("metadata"), n->at, meta);
}

/* Of kinds that kustomize knows; of a policy no list merges. */
static const struct edit_key pod_keys[] = {{"containers", "name"},
    {"initContainers", "name"}, {"ephemeralContainers", "name"},
    {"ports", "containerPort"}, {"env", "name"}, {"volumes", "name"},
    {"volumeMounts", "mountPath"}, {0}};
static const struct edit_key service_keys[] = {{"ports", "port"}, {0}};

static const struct edit_key *
keys_of(const struct ynode *n)
{
	struct str api = text_at(n, "apiVersion");

	if (str_is(api, "apps/v1") || str_is(api, "batch/v1") ||
	    str_is(text_at(n, "kind"), "Pod"))
		return pod_keys;
	return str_is(api, "v1") && str_is(text_at(n, "kind"), "Service")
	    ? service_keys
	    : NULL;
}

/* The object after the patch; NULL: it is deleted. */
static const struct ynode *
apply(const struct patch *p, struct build *b, const struct built *o)
{
	struct arena *a = p->k->arena;
	const struct ynode *n;
	const char *why;
	struct span at;

	if (p->body->kind == Y_SEQ) {
		n = edit_json_patch(a, o->node, p->body, &why, &at);
		if (!n)
			refused(p->k, b, at, why);
		return n ? n : o->node;
	}
	n = edit_merge(a, o->node, p->body, keys_of(o->node));
	return n && p->target && !p->may_rename ? keep_identity(a, n, o->node)
						: n;
}

/* Whether kustomize fails when the patch finds nothing, as far as we know. */
static bool
must_find(const struct patch *p)
{
	return !p->target && p->body->kind == Y_MAP &&
	    schema_knows_kind(text_at(p->body, "kind"), false);
}

static void
apply_to_all(const struct patch *p, struct build *b)
{
	size_t kept = 0;
	bool found = false;

	for (size_t i = 0; i < b->v.n; i++) {
		struct built o = b->v.v[i];

		if (p->target ? select_object(p->k, p->target, &o)
			      : names_fit(p, &o)) {
			found = true;
			o.node = apply(p, b, &o);
		}
		if (o.node)
			b->v.v[kept++] = o;
	}
	b->v.n = kept;
	if (!found && must_find(p) && !b->incomplete)
		refused(p->k, b, p->body->at,
		    "no object has the kind, name and namespace of this patch");
}

/* Applies what DOCS hold; AT is where they are asked for. */
static void
apply_docs(struct patch *p, struct build *b, const struct ydocs *docs,
    struct span at)
{
	VEC_FOREACH (doc, &docs->v) {
		p->body = *doc;
		if (p->body->kind == Y_SEQ && !p->target)
			refused(p->k, b, at,
			    "a list of operations has no `target`");
		else if (p->body->kind == Y_SEQ || p->body->kind == Y_MAP)
			apply_to_all(p, b);
	}
}

static void
apply_file(struct patch *p, struct build *b, const char *dir,
    const struct ynode *path)
{
	struct tree *t = p->k->tree;
	struct tree_file *f =
	    tree_file(t, tree_join(p->k->arena, dir, path->s));
	struct ydocs docs = {0};

	if (!f) {
		b->incomplete = true;
		diag_not_in_tree(p->k->sink, path->at, path->s);
		return;
	}
	f->use = TREE_PART;
	tree_read_all(t, f, &docs);
	apply_docs(p, b, &docs, path->at);
}

/* A patch that is a text in the kustomization file. */
static void
apply_text(struct patch *p, struct build *b, const struct ynode *text)
{
	struct ydocs docs = {0};

	inner_read(p->k->arena, p->k->tree->sources, text, &docs);
	apply_docs(p, b, &docs, text->at);
}

void
patch_one(struct kustomize *k, const char *dir, const struct ynode *entry,
    struct build *b)
{
	const struct ynode *path = ynode_get(entry, "path");
	const struct ynode *text = ynode_get(entry, "patch");
	const struct ynode *rename =
	    edit_find(entry, "options/allowNameChange");
	struct patch p = {
	    .k = k,
	    .target = ynode_get(entry, "target"),
	    .may_rename = rename && rename->kind == Y_BOOL && rename->b,
	};

	if (edit_text(path).n > 0)
		apply_file(&p, b, dir, path);
	else if (edit_text(text).n > 0)
		apply_text(&p, b, text);
	else
		refused(k, b, entry->at, "a patch needs `path` or `patch`");
}

void
patch_all(struct kustomize *k, const char *dir, const struct ynode *list,
    struct build *b)
{
	for (uint32_t i = 0; i < list->seq.n; i++)
		patch_one(k, dir, list->seq.v[i], b);
}

void
patch_merges(struct kustomize *k, const char *dir, const struct ynode *list,
    struct build *b)
{
	for (uint32_t i = 0; i < list->seq.n; i++) {
		const struct ynode *entry = list->seq.v[i];
		struct patch p = {.k = k};

		if (edit_text(entry).n == 0)
			refused(k, b, entry->at, "a patch is a path or a text");
		else if (memchr(entry->s.s, '\n', entry->s.n))
			apply_text(&p, b, entry);
		else
			apply_file(&p, b, dir, entry);
	}
}
