/* SPDX-License-Identifier: Apache-2.0 */
/* The transformers that say by their configuration what is to be done. */
#include "repo/transform.h"

#include "repo/edit.h"
#include "repo/labels.h"
#include "repo/patch.h"

/* Whether transformers of a kind change nothing that is judged. */
static bool
is_harmless(struct str kind)
{
	static const char *const kinds[] = {"AnnotationsTransformer",
	    "ImageTagTransformer", "ReplicaCountTransformer", NULL};

	for (const char *const *k = kinds; *k; k++) {
		if (str_is(kind, *k))
			return true;
	}
	return false;
}

static void
move(struct arena *a, const struct ynode *n, const struct ynode *ns,
    struct build *b)
{
	const struct ynode *fields = ynode_get(n, "fieldSpecs");
	const struct ynode *unset = ynode_get(n, "unsetOnly");
	bool unset_only = unset && unset->kind == Y_BOOL && unset->b;

	VEC_FOREACH (o, &b->v)
		o->node = fields
		    ? labels_move_fields(a, o->node, ns, fields, unset_only)
		    : labels_move(a, o->node, ns->s, ns->at, unset_only);
}

static void
add_labels(struct arena *a, const struct ynode *labels,
    const struct ynode *fields, struct build *b)
{
	VEC_FOREACH (o, &b->v) {
		for (uint32_t i = 0; i < fields->seq.n; i++)
			o->node = labels_add_field(a, o->node, labels,
			    fields->seq.v[i]);
	}
}

bool
transform(struct kustomize *k, const char *dir, const struct ynode *n,
    struct build *b)
{
	const struct ynode *ns = edit_find(n, "metadata/namespace");
	const struct ynode *fields = ynode_get(n, "fieldSpecs");
	const struct ynode *labels = ynode_get(n, "labels");
	struct str kind = edit_text(ynode_get(n, "kind"));

	if (str_is(kind, "NamespaceTransformer") && edit_text(ns).n > 0)
		move(k->arena, n, ns, b);
	else if (str_is(kind, "LabelTransformer") && labels && fields &&
	    fields->kind == Y_SEQ)
		add_labels(k->arena, labels, fields, b);
	else if (str_is(kind, "PatchTransformer"))
		patch_one(k, dir, n, b);
	else
		return is_harmless(kind);
	return true;
}
