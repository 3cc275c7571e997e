/* SPDX-License-Identifier: Apache-2.0 */
/* Looking things up in the tables that schemac makes. */
#include "schema/table.h"

#include <assert.h>

#include "base/search.h"
#include "schema/schema.h"

const struct schema_field *
schema_find_field(const struct schema_struct *st, struct str name,
    unsigned cilium)
{
	uint32_t i;

	LOWER_BOUND(i, st->nfields,
	    str_compare(st->fields[st->by_name[i]].name, name) < 0);
	/* A name may have one field for each range of versions. */
	for (; i < st->nfields; i++) {
		const struct schema_field *f = &st->fields[st->by_name[i]];

		if (!str_eq(f->name, name))
			return NULL;
		if (field_in_version(f, cilium))
			return f;
	}
	return NULL;
}

size_t
schema_item_size(const struct schema_type *t)
{
	if (t->form == SCHEMA_STRUCT)
		return t->of->size;
	if (t->form == SCHEMA_MAP)
		return sizeof(struct ast_str_map);
	return sizeof(struct ast_str);
}

/* Both kinds of map are asked through struct ast_str_map. */
_Static_assert(offsetof(struct ast_str_map, present) ==
	    offsetof(struct ast_list_map, present) &&
	offsetof(struct ast_str_map, at) == offsetof(struct ast_list_map, at),
    "maps begin alike");

bool
schema_is_present(const struct schema_type *t, const void *v)
{
	switch (t->form) {
	case SCHEMA_STR:
		return ((const struct ast_str *)v)->present;
	case SCHEMA_INT:
		return ((const struct ast_int *)v)->present;
	case SCHEMA_BOOL:
		return ((const struct ast_bool *)v)->present;
	case SCHEMA_INT_OR_STR:
		return ((const struct ast_int_or_str *)v)->present;
	case SCHEMA_STRUCT:
		return *(void *const *)v;
	case SCHEMA_LIST:
		return ((const struct any_list *)v)->present;
	case SCHEMA_MAP:
		return ((const struct ast_str_map *)v)->present;
	case SCHEMA_ANY:
		return false;
	}
	return false;
}

const struct schema_kind *
schema_kind_of(enum ast_kind kind)
{
	size_t i = 0;

	while (schema_kinds[i].id != kind) {
		i++;
		assert(i < schema_nkinds);
	}
	return &schema_kinds[i];
}

bool
schema_knows_kind(struct str name, bool policy)
{
	for (size_t i = 0; i < schema_nkinds; i++) {
		const struct schema_kind *k = &schema_kinds[i];

		if ((!policy || k->role == SCHEMA_POLICY) &&
		    str_is(name, k->name))
			return true;
	}
	return false;
}

bool
schema_is_namespaced(struct str name)
{
	for (size_t i = 0; i < schema_nkinds; i++) {
		if (str_is(name, schema_kinds[i].name))
			return schema_kinds[i].namespaced;
	}
	return true;
}

/* The group of an apiVersion, with the slash; "" when it has none. */
static struct str
group_of(struct str api)
{
	const char *slash = memchr(api.s, '/', api.n);

	return (struct str){api.s, slash ? (size_t)(slash - api.s) + 1 : 0};
}

bool
schema_is_policy(struct str api, struct str kind)
{
	for (size_t i = 0; i < schema_nkinds; i++) {
		const struct schema_kind *k = &schema_kinds[i];

		if (k->role == SCHEMA_POLICY && str_is(kind, k->name) &&
		    str_eq(group_of(api), group_of(str_of(k->api))))
			return true;
	}
	return false;
}
