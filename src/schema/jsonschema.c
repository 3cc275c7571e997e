/* SPDX-License-Identifier: Apache-2.0 */
/* The tables written as JSON Schema. */
#include "schema/jsonschema.h"

#include "base/near.h"
#include "schema/table.h"

/* One document being written. */
struct writer {
	struct json *j;
	const struct schema_kind *kind;
	unsigned cilium; /* version */
	VEC(const struct schema_struct *) defs;
};

static void write_type(struct writer *w, const struct schema_type *t);

/* Puts ST on the list of definitions, once. */
static void
want_def(struct writer *w, const struct schema_struct *st)
{
	VEC_FOREACH (def, &w->defs)
		if (*def == st)
			return;
	*vec_push(&w->defs, w->j->out->arena) = st;
}

static void
write_ref(struct writer *w, const struct schema_struct *st)
{
	struct buf b;

	want_def(w, st);
	buf_init(&b, w->j->out->arena);
	buf_printf(&b, "#/$defs/%s", st->name);
	json_kv_cstr(w->j, "$ref", b.p);
}

static void
write_string(struct writer *w, const struct schema_type *t)
{
	if (t->values) {
		json_key(w->j, "enum");
		json_array(w->j);
		for (const struct str *v = t->values; v->s; v++)
			json_str(w->j, *v);
		json_end_array(w->j);
	}
	if (t->min_len > 0)
		json_kv_u64(w->j, "minLength", t->min_len);
	if (t->max_len != SCHEMA_NO_LIMIT)
		json_kv_u64(w->j, "maxLength", t->max_len);
	if (t->pattern != SCHEMA_NO_PATTERN)
		json_kv_cstr(w->j, "pattern",
		    schema_patterns[t->pattern].regex);
	if (t->format == SCHEMA_CIDR)
		json_kv_cstr(w->j, "format", "cidr");
}

static void
write_range(struct writer *w, const struct schema_type *t)
{
	if (t->min != INT64_MIN) {
		json_key(w->j, "minimum");
		json_i64(w->j, t->min);
	}
	if (t->max != INT64_MAX) {
		json_key(w->j, "maximum");
		json_i64(w->j, t->max);
	}
}

static void
write_list(struct writer *w, const struct schema_type *t)
{
	if (t->min_items > 0)
		json_kv_u64(w->j, "minItems", t->min_items);
	if (t->max_items != SCHEMA_NO_LIMIT)
		json_kv_u64(w->j, "maxItems", t->max_items);
	if (t->set)
		json_kv_bool(w->j, "uniqueItems", true);
	json_key(w->j, "items");
	json_object(w->j);
	write_type(w, t->item);
	json_end_object(w->j);
}

/* The members of the schema object of a type, which the caller opened. */
static void
write_type(struct writer *w, const struct schema_type *t)
{
	switch (t->form) {
	case SCHEMA_STR:
		json_kv_cstr(w->j, "type", "string");
		write_string(w, t);
		return;
	case SCHEMA_INT:
		json_kv_cstr(w->j, "type", "integer");
		write_range(w, t);
		return;
	case SCHEMA_BOOL:
		json_kv_cstr(w->j, "type", "boolean");
		return;
	case SCHEMA_INT_OR_STR:
		json_key(w->j, "type");
		json_array(w->j);
		json_cstr(w->j, "integer");
		json_cstr(w->j, "string");
		json_end_array(w->j);
		write_string(w, t);
		return;
	case SCHEMA_STRUCT:
		write_ref(w, t->of);
		return;
	case SCHEMA_LIST:
		json_kv_cstr(w->j, "type", "array");
		write_list(w, t);
		return;
	case SCHEMA_MAP:
		json_kv_cstr(w->j, "type", "object");
		json_key(w->j, "additionalProperties");
		json_object(w->j);
		write_type(w, t->item);
		json_end_object(w->j);
		return;
	case SCHEMA_ANY:
		return;
	}
}

static void
write_fields(struct writer *w, const struct schema_struct *st)
{
	for (uint32_t i = 0; i < st->nfields; i++) {
		const struct schema_field *f = &st->fields[i];

		if (!field_in_version(f, w->cilium))
			continue;
		json_key(w->j, f->name.s);
		json_object(w->j);
		write_type(w, f->type);
		if (*f->doc)
			json_kv_cstr(w->j, "description", f->doc);
		json_end_object(w->j);
	}
}

/* {"required": [...]} for the field at I alone. */
static void
write_presence(struct writer *w, const struct schema_struct *st, uint32_t i)
{
	json_object(w->j);
	json_key(w->j, "required");
	json_array(w->j);
	json_str(w->j, st->fields[i].name);
	json_end_array(w->j);
	json_end_object(w->j);
}

static void
write_rule(struct writer *w, const struct schema_struct *st,
    const struct schema_rule *r)
{
	json_object(w->j);
	json_key(w->j, r->kind == SCHEMA_ANY_OF ? "anyOf" : "oneOf");
	json_array(w->j);
	for (uint32_t i = 0; i < st->nfields; i++)
		if (r->fields >> i & 1 &&
		    field_in_version(&st->fields[i], w->cilium))
			write_presence(w, st, i);
	if (r->kind == SCHEMA_AT_MOST_ONE) {
		json_object(w->j);
		json_key(w->j, "not");
		write_rule(w, st,
		    &(struct schema_rule){.kind = SCHEMA_ANY_OF,
			.fields = r->fields});
		json_end_object(w->j);
	}
	json_end_array(w->j);
	json_end_object(w->j);
}

static void
write_rules(struct writer *w, const struct schema_struct *st)
{
	if (st->nrules == 0)
		return;
	json_key(w->j, "allOf");
	json_array(w->j);
	for (uint32_t i = 0; i < st->nrules; i++)
		if (version_within(w->cilium, st->rules[i].since,
			st->rules[i].until))
			write_rule(w, st, &st->rules[i]);
	json_end_array(w->j);
}

static void
write_required(struct writer *w, const struct schema_struct *st, bool root)
{
	json_key(w->j, "required");
	json_array(w->j);
	if (root && !w->kind->bare) {
		json_cstr(w->j, "apiVersion");
		json_cstr(w->j, "kind");
	}
	for (uint32_t i = 0; i < st->nfields; i++)
		if (st->fields[i].required &&
		    field_in_version(&st->fields[i], w->cilium))
			json_str(w->j, st->fields[i].name);
	json_end_array(w->j);
}

/* What the kind's objects say of themselves, in any version that is read. */
static void
write_type_meta(struct writer *w)
{
	json_key(w->j, "apiVersion");
	json_object(w->j);
	json_key(w->j, "enum");
	json_array(w->j);
	for (size_t i = 0; i < schema_nkinds; i++) {
		const struct schema_kind *k = &schema_kinds[i];

		if (k->id == w->kind->id &&
		    version_within(w->cilium, k->since, k->until))
			json_cstr(w->j, k->api);
	}
	json_end_array(w->j);
	json_end_object(w->j);
	json_key(w->j, "kind");
	json_object(w->j);
	json_kv_cstr(w->j, "const", w->kind->name);
	json_end_object(w->j);
}

static void
write_struct(struct writer *w, const struct schema_struct *st, bool root)
{
	json_kv_cstr(w->j, "type", "object");
	json_key(w->j, "properties");
	json_object(w->j);
	if (root)
		write_type_meta(w);
	write_fields(w, st);
	json_end_object(w->j);
	write_required(w, st, root);
	write_rules(w, st);
	if (w->kind->role != SCHEMA_CONTEXT)
		json_kv_bool(w->j, "additionalProperties", false);
}

static const struct schema_kind *
kind_by_name(struct str name, unsigned cilium)
{
	unsigned n;

	for (size_t i = 0; i < schema_nkinds; i++) {
		const struct schema_kind *k = &schema_kinds[i];

		if (near_miss(name, str_of(k->name), &n) && n == 0 &&
		    version_within(cilium, k->since, k->until))
			return k;
	}
	return NULL;
}

bool
schema_json(struct json *out, struct str kind, unsigned cilium)
{
	struct writer w = {.j = out, .cilium = cilium};

	w.kind = kind_by_name(kind, cilium);
	if (!w.kind)
		return false;
	json_object(out);
	json_kv_cstr(out, "$schema",
	    "https://json-schema.org/draft/2020-12/schema");
	json_kv_cstr(out, "title", w.kind->name);
	if (*w.kind->doc)
		json_kv_cstr(out, "description", w.kind->doc);
	write_struct(&w, w.kind->body, true);
	json_key(out, "$defs");
	json_object(out);
	/* Writing one may want more. */
	for (size_t i = 0; i < w.defs.n; i++) {
		json_key(out, w.defs.v[i]->name);
		json_object(out);
		write_struct(&w, w.defs.v[i], false);
		json_end_object(out);
	}
	json_end_object(out);
	json_end_object(out);
	return true;
}

const char *
schema_kind_name(size_t i)
{
	return i < schema_nkinds ? schema_kinds[i].name : NULL;
}
