/* SPDX-License-Identifier: Apache-2.0 */
/* Copying fields between objects: whole ones, or a part of a divided text. */
#include "repo/replace.h"

#include "base/buf.h"
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

/* How a text is divided, and which of its parts is meant. */
struct division {
	struct str delimiter; /* "": it is not */
	int64_t index;
};

struct parts {
	VEC(struct str) v;
};

static struct division
division_of(const struct ynode *n)
{
	const struct ynode *by = edit_find(n, "options/delimiter");
	const struct ynode *index = edit_find(n, "options/index");

	return (struct division){edit_text(by),
	    index && index->kind == Y_INT ? index->i : 0};
}

static void
divide(struct arena *a, struct str text, struct str by, struct parts *ret_parts)
{
	for (;;) {
		const char *p = memmem(text.s, text.n, by.s, by.n);
		size_t n = p ? (size_t)(p - text.s) : text.n;

		*vec_push(&ret_parts->v, a) = (struct str){text.s, n};
		if (!p)
			return;
		n += by.n;
		text = (struct str){text.s + n, text.n - n};
	}
}

/* The part of a value that is meant; NULL when there is none. */
static const struct ynode *
part_of(struct arena *a, const struct ynode *value, struct division d)
{
	struct parts parts = {0};

	if (d.delimiter.n == 0 || !value)
		return value;
	divide(a, edit_text(value), d.delimiter, &parts);
	if (d.index < 0 || (uint64_t)d.index >= parts.v.n)
		return NULL;
	return edit_string(a, parts.v.v[d.index], value->at);
}

/* The value that a replacement copies; NULL when there is none. */
static const struct ynode *
source_value(struct kustomize *k, const struct build *b,
    const struct ynode *source, bool *ret_followed)
{
	const struct ynode *field = ynode_get(source, "fieldPath");
	const char *path = field_path(k->arena,
	    edit_text(field).n > 0 ? field->s : STR("metadata.name"));

	*ret_followed = path;
	VEC_FOREACH (o, &b->v) {
		if (*ret_followed && select_object(k, source, o))
			return part_of(k->arena, edit_find(o->node, path),
			    division_of(source));
	}
	return NULL;
}

/* A value on its way to its place. */
struct copying {
	struct arena *arena;
	const struct ynode *value;
	struct division division;
};

/* OLD with the value as the part that is meant, before all, or after them. */
static const struct ynode *
put_part(const struct copying *c, const struct ynode *old)
{
	struct str by = c->division.delimiter, text = edit_text(c->value);
	int64_t index = c->division.index;
	struct parts parts = {0};
	struct buf b;

	divide(c->arena, edit_text(old), by, &parts);
	buf_init(&b, c->arena);
	if (index < 0)
		buf_printf(&b, STR_FMT STR_FMT, STR_ARG(text), STR_ARG(by));
	for (size_t i = 0; i < parts.v.n; i++) {
		if (i > 0)
			buf_str(&b, by);
		buf_str(&b, (uint64_t)index == i ? text : parts.v.v[i]);
	}
	if (index >= (int64_t)parts.v.n)
		buf_printf(&b, STR_FMT STR_FMT, STR_ARG(by), STR_ARG(text));
	return edit_string(c->arena, buf_as_str(&b), c->value->at);
}

static const struct ynode *
put_value(void *arg, const struct ynode *old)
{
	const struct copying *c = arg;

	return c->division.delimiter.n > 0 ? put_part(c, old) : c->value;
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
	struct copying copying = {k->arena, value, division_of(target)};

	if (!select || !paths || paths->kind != Y_SEQ)
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
			    value->at, put_value, &copying);
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
