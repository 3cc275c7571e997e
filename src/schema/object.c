/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of decoded objects: going through them, and finding one. */
#include "schema/object.h"

#include "schema/table.h"

const char *
object_status_name(enum object_status status)
{
	static const char *const names[] = {
	    [OBJECT_OK] = "ok",
	    [OBJECT_REJECTED_SCHEMA] = "schema",
	    [OBJECT_REJECTED_SANITIZE] = "sanitize",
	    [OBJECT_REJECTED_PLATFORM] = "platform",
	    [OBJECT_UNSUPPORTED] = "unsupported",
	    [OBJECT_UNREAD] = "unread",
	    [OBJECT_OPEN] = "open",
	    [OBJECT_IDLE] = "idle",
	};

	return names[status];
}

void
object_list_settle(struct object_list *l, struct arena *a)
{
	VEC_FOREACH (o, &l->v) {
		if (ast_kind_is_policy((*o)->kind) && (*o)->status != OBJECT_OK)
			*vec_push(&l->left_out, a) = *o;
	}
}

bool
object_is_uncertain(const struct object *policy)
{
	return policy->status == OBJECT_OPEN ||
	    policy->status == OBJECT_UNSUPPORTED;
}

struct object *
object_next(const struct object_list *l, enum ast_kind kind,
    struct object ***next)
{
	size_t n = l->of_kind[kind].n;

	while (n > 0 && *next < l->of_kind[kind].v + n) {
		struct object *o = *(*next)++;

		if (o->status == OBJECT_OK)
			return o;
	}
	return NULL;
}

struct object *
object_find(const struct object_list *l, enum ast_kind kind, struct str ns,
    struct str name)
{
	OBJECT_FOREACH (o, l, kind) {
		if (str_eq(o->ns, ns) && str_eq(o->name, name))
			return o;
	}
	return NULL;
}

const struct ast_str_pair *
ast_str_map_find(const struct ast_str_map *m, struct str key)
{
	for (uint32_t i = 0; i < m->n; i++) {
		if (str_eq(m->v[i].key, key))
			return &m->v[i];
	}
	return NULL;
}

bool
ast_str_map_includes(const struct ast_str_map *m,
    const struct ast_str_map *part)
{
	for (uint32_t i = 0; i < part->n; i++) {
		const struct ast_str_pair *have =
		    ast_str_map_find(m, part->v[i].key);

		if (!have || !str_eq(have->value, part->v[i].value))
			return false;
	}
	return true;
}

bool
ast_kind_is_policy(enum ast_kind kind)
{
	return schema_kind_of(kind)->role == SCHEMA_POLICY;
}

bool
ast_kind_is_workload(enum ast_kind kind)
{
	return schema_kind_of(kind)->workload;
}

struct str
object_full_name(struct arena *a, struct str ns, struct str name)
{
	return str_of(arena_printf(a, STR_FMT "%s" STR_FMT, STR_ARG(ns),
	    ns.n > 0 ? "/" : "", STR_ARG(name)));
}
