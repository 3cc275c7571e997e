/* SPDX-License-Identifier: Apache-2.0 */
/* A walk through an object that finds policies at any depth. */
#include "repo/embedded.h"

#include "repo/edit.h"
#include "repo/inner.h"
#include "repo/sniff.h"
#include "schema/schema.h"

/* Manifests in texts in manifests: so deep. */
#define TEXTS_MAX 2

struct search {
	struct tree *tree;
	struct build *to;
	unsigned texts; /* that we are inside of */
};

static void search(struct search *s, const struct ynode *n, bool top);

static bool
is_policy(const struct ynode *n)
{
	return n->kind == Y_MAP &&
	    schema_is_policy(edit_text(ynode_get(n, "apiVersion")),
		edit_text(ynode_get(n, "kind")));
}

/*
 * R with the name and the namespace that N has beside its kind; a controller
 * may supply the name.
 */
static const struct ynode *
with_name(struct arena *a, const struct ynode *r, const struct ynode *n)
{
	static const char *const keys[] = {"name", "namespace", NULL};
	const struct ynode *meta = ynode_get(r, "metadata");
	struct ynode *whole;

	for (const char *const *key = keys; *key; key++) {
		const struct ynode *own = meta ? ynode_get(meta, *key) : NULL;
		const struct ynode *beside = ynode_get(n, *key);

		if (!own && edit_text(beside).n > 0)
			meta =
			    edit_put(a, meta, str_of(*key), beside->at, beside);
	}
	if (!meta || edit_text(ynode_get(meta, "name")).n == 0)
		meta = edit_put(a, meta, STR("name"), n->at,
		    edit_string(a,
			str_of(arena_printf(a, "embedded-%u", n->at.start)),
			n->at));
	whole = ARENA_NEW(a, struct ynode);
	*whole = *edit_put(a, r, STR("metadata"), n->at, meta);
	whole->at = n->at;
	return whole;
}

/*
 * The policy that N stands for.  Kyverno writes the kind and the name beside
 * `data`, which holds the rest.  NULL: it only names a kind.
 */
static const struct ynode *
whole_policy(struct arena *a, const struct ynode *n)
{
	static const char *const beside[] = {"apiVersion", "kind", NULL};
	const struct ynode *data = ynode_get(n, "data"), *r = n;
	const struct ynode *body;

	if (data && data->kind == Y_MAP) {
		r = data;
		for (const char *const *key = beside; *key; key++) {
			const struct ynode *v = ynode_get(n, *key);

			r = edit_put(a, r, str_of(*key), v->at, v);
		}
	}
	if (!ynode_get(r, "spec") && !ynode_get(r, "specs"))
		return NULL;
	/* Charts of raw resources have the object's body in their own. */
	body = edit_find(r, "spec/spec");
	if (body)
		r = edit_put(a, r, STR("spec"), n->at, body);
	return with_name(a, r, n);
}

/* Searches a text that may be YAML. */
static void
search_text(struct search *s, const struct ynode *n)
{
	struct ydocs docs;

	if (s->texts == TEXTS_MAX || !memchr(n->s.s, '\n', n->s.n) ||
	    !sniff_is_wanted(n->s))
		return;
	s->texts++;
	inner_read(s->tree->arena, s->tree->sources, n, &docs);
	VEC_FOREACH (doc, &docs.v)
		search(s, *doc, false);
	s->texts--;
}

static void
search(struct search *s, const struct ynode *n, bool top)
{
	const struct ynode *policy = NULL;

	if (!top && is_policy(n))
		policy = whole_policy(s->tree->arena, n);
	if (policy)
		*vec_push(&s->to->v, s->tree->arena) =
		    (struct built){policy, policy, false};
	else if (n->kind == Y_STR)
		search_text(s, n);
	for (uint32_t i = 0; n->kind == Y_SEQ && i < n->seq.n; i++)
		search(s, n->seq.v[i], false);
	for (uint32_t i = 0; n->kind == Y_MAP && i < n->map.n; i++)
		search(s, n->map.v[i].value, false);
}

void
embedded_find(struct tree *t, const struct ynode *doc, struct build *to)
{
	struct search s = {t, to, 0};

	search(&s, doc, true);
}
