/* SPDX-License-Identifier: Apache-2.0 */
/* Copying whole fields between objects. */
#include "repo/replace.h"

#include "repo/edit.h"
#include "repo/select.h"

/* "metadata.name" as "metadata/name"; NULL for what is not followed. */
static const char *
field_path(struct arena *a, struct str dotted)
{
	char *path = arena_dup(a, dotted.s, dotted.n);

	for (size_t i = 0; i < dotted.n; i++) {
		if (strchr("[]*\\", path[i]))
			return NULL;
		if (path[i] == '.')
			path[i] = '/';
	}
	return path;
}

/* The value that a replacement copies; NULL when there is none. */
static const struct ynode *
source_value(struct kustomize *k, const struct build *b,
    const struct ynode *source, bool *ret_followed)
{
	const struct ynode *field = ynode_get(source, "fieldPath");
	const char *path = field_path(k->arena,
	    edit_text(field).n > 0 ? field->s : STR("metadata.name"));

	*ret_followed = path && !ynode_get(source, "options");
	VEC_FOREACH (o, &b->v) {
		if (*ret_followed && select_object(k, source, o))
			return edit_find(o->node, path);
	}
	return NULL;
}

static const struct ynode *
put_value(void *arg, const struct ynode *old)
{
	return arg;
}

/* Whether some entry of the list REJECT takes the object. */
static bool
is_rejected(struct kustomize *k, const struct ynode *reject,
    const struct built *o)
{
	for (uint32_t i = 0;
	     reject && reject->kind == Y_SEQ && i < reject->seq.n; i++) {
		if (select_object(k, reject->seq.v[i], o))
			return true;
	}
	return false;
}

static bool
replace_in_target(struct kustomize *k, struct build *b,
    const struct ynode *target, const struct ynode *value)
{
	const struct ynode *paths = ynode_get(target, "fieldPaths");
	const struct ynode *select = ynode_get(target, "select");
	const struct ynode *create = edit_find(target, "options/create");
	bool makes = create && create->kind == Y_BOOL && create->b;

	if (!select || !paths || paths->kind != Y_SEQ ||
	    edit_find(target, "options/delimiter"))
		return false;
	for (uint32_t i = 0; i < paths->seq.n; i++) {
		const char *path =
		    field_path(k->arena, edit_text(paths->seq.v[i]));

		if (!path)
			return false;
		VEC_FOREACH (o, &b->v) {
			if (!select_object(k, select, o) ||
			    is_rejected(k, ynode_get(target, "reject"), o) ||
			    (!makes && !edit_find(o->node, path)))
				continue;
			o->node = edit_at(k->arena, o->node, path, makes,
			    value->at, put_value, (void *)value);
		}
	}
	return true;
}

bool
replace_fields(struct kustomize *k, struct build *b,
    const struct ynode *replacement)
{
	const struct ynode *source = ynode_get(replacement, "source");
	const struct ynode *targets = ynode_get(replacement, "targets");
	const struct ynode *value = NULL;
	bool followed = false;

	if (source && targets && targets->kind == Y_SEQ)
		value = source_value(k, b, source, &followed);
	for (uint32_t i = 0; value && followed && i < targets->seq.n; i++)
		followed = replace_in_target(k, b, targets->seq.v[i], value);
	return followed;
}
