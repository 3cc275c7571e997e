/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One walk over an object's tree, driven by the tables: fills the structs of
 * ast.h, and checks and reports on the way.
 */
#include "schema/decode.h"

#include "base/num.h"
#include "diag_gen.h"
#include "schema/check.h"
#include "schema/unknown.h"

static void decode_value(struct decoder *d, const struct schema_type *t,
    const struct ynode *n, void *dst);

static void
print_segments(struct buf *b, const struct path *p)
{
	if (!p)
		return;
	print_segments(b, p->up);
	if (!p->key.s) {
		buf_printf(b, "[%u]", p->index);
		return;
	}
	if (b->n > 0)
		buf_putc(b, '.');
	buf_str(b, p->key);
}

struct str
path_print(const struct decoder *d)
{
	struct buf b;

	buf_init(&b, d->arena);
	print_segments(&b, d->path);
	return b.n > 0 ? buf_as_str(&b) : str_of(d->kind->name);
}

struct str
path_container(const struct decoder *d)
{
	const struct path *p = d->path;

	while (p && !p->key.s)
		p = p->up;
	return p ? p->key : str_of(d->kind->name);
}

void
decoder_reject(struct decoder *d, const struct diag *di)
{
	if (d->object->why)
		return;
	d->object->why = di;
	d->object->status = OBJECT_REJECTED_SCHEMA;
}

/* Whether TEXT would be of the type WANT without quotes. */
static bool
is_quoted(struct str text, const char *want)
{
	uint64_t n;

	if (strcmp(want, "boolean") == 0)
		return str_is(text, "true") || str_is(text, "false");
	return strcmp(want, "integer") == 0 && num_u64(text, INT64_MAX, &n);
}

static void
wrong_type(struct decoder *d, const char *want, const struct ynode *n)
{
	bool scalar =
	    n->kind == Y_BOOL || n->kind == Y_INT || n->kind == Y_FLOAT;
	const char *got = ynode_kind_name(n->kind);
	struct diag_fix fix = {.at = n->at};
	struct diag *di;

	if (scalar && strcmp(want, "string") == 0) {
		di = diag_unquoted_string(d->sink, n->at, path_print(d), got);
		fix.kind = FIX_QUOTE;
	} else {
		di = diag_wrong_type(d->sink, n->at, path_print(d), want, got);
		if (n->kind == Y_STR && is_quoted(n->s, want))
			fix.kind = FIX_UNQUOTE;
	}
	diag_set_fix(d->sink, di, fix);
	decoder_reject(d, di);
}

/* JSON has one number type: 80.0 is an integer to the API server. */
static bool
node_int(const struct ynode *n, int64_t *ret_value)
{
	const double exact = 9007199254740992.0; /* 2^53 */

	if (n->kind == Y_INT) {
		*ret_value = n->i;
		return true;
	}
	if (n->kind != Y_FLOAT || !(n->f >= -exact && n->f <= exact) ||
	    (double)(int64_t)n->f != n->f)
		return false;
	*ret_value = (int64_t)n->f;
	return true;
}

static void
decode_str(struct decoder *d, const struct schema_type *t,
    const struct ynode *n, struct ast_str *s)
{
	if (n->kind != Y_STR) {
		wrong_type(d, "string", n);
		return;
	}
	*s = (struct ast_str){.present = true, .at = n->at, .v = n->s};
	check_str(d, t, n->s, n->at);
}

static void
decode_int(struct decoder *d, const struct schema_type *t,
    const struct ynode *n, struct ast_int *i)
{
	int64_t v;

	if (!node_int(n, &v)) {
		wrong_type(d, "integer", n);
		return;
	}
	*i = (struct ast_int){.present = true, .at = n->at, .v = v};
	check_int(d, t, v, n->at);
}

static void
decode_bool(struct decoder *d, const struct ynode *n, struct ast_bool *b)
{
	if (n->kind != Y_BOOL)
		wrong_type(d, "boolean", n);
	else
		*b = (struct ast_bool){.present = true, .at = n->at, .v = n->b};
}

static void
decode_int_or_str(struct decoder *d, const struct schema_type *t,
    const struct ynode *n, struct ast_int_or_str *v)
{
	struct ast_int_or_str r = {.present = true, .at = n->at};

	r.is_int = node_int(n, &r.i);
	if (!r.is_int && n->kind != Y_STR) {
		wrong_type(d, "integer or string", n);
		return;
	}
	if (!r.is_int) {
		r.s = n->s;
		check_str(d, t, r.s, n->at);
	}
	*v = r;
}

static void
decode_struct(struct decoder *d, const struct schema_struct *st,
    const struct ynode *n, void *body)
{
	uint64_t present = 0;

	*(struct span *)body = n->at;
	if (n->kind != Y_MAP) {
		wrong_type(d, "object", n);
		return;
	}
	for (uint32_t i = 0; i < n->map.n; i++) {
		const struct ypair *pair = &n->map.v[i];
		const struct schema_field *f =
		    schema_find_field(st, pair->key, d->schema->opt.cilium);
		struct path path = {.up = d->path, .key = pair->key};

		if (!f && d->kind->role != SCHEMA_CONTEXT)
			unknown_field(d, st, n, pair);
		if (!f || pair->value->kind == Y_NULL)
			continue;
		present |= UINT64_C(1) << (f - st->fields);
		d->path = &path;
		decode_value(d, f->type, pair->value, (char *)body + f->offset);
		d->path = path.up;
	}
	check_struct(d, st, present, n->at, body);
}

static void
decode_item(struct decoder *d, const struct schema_type *t,
    const struct ynode *n, void *dst)
{
	/* Go decodes null into the zero value of the item's type. */
	const struct ynode zero = {
	    .kind = t->form == SCHEMA_STR ? Y_STR : Y_MAP,
	    .at = n->at,
	    .s = t->form == SCHEMA_STR ? STR("") : (struct str){0},
	};

	if (n->kind == Y_NULL && d->kind->native)
		n = &zero;
	if (t->form == SCHEMA_STRUCT)
		decode_struct(d, t->of, n, dst);
	else
		decode_value(d, t, n, dst);
}

static void
decode_list(struct decoder *d, const struct schema_type *t,
    const struct ynode *n, struct any_list *l)
{
	size_t size = schema_item_size(t->item);
	struct path path = {.up = d->path};

	if (n->kind != Y_SEQ) {
		wrong_type(d, "array", n);
		return;
	}
	*l = (struct any_list){.present = true, .at = n->at, .n = n->seq.n};
	l->v = arena_array(d->arena, n->seq.n, size);
	check_list(d, t, n);
	d->path = &path;
	for (; path.index < n->seq.n; path.index++)
		decode_item(d, t->item, n->seq.v[path.index],
		    (char *)l->v + path.index * size);
	d->path = path.up;
}

/* Whether a map's entry stays; a null one does only where Go decodes it. */
static bool
keep_entry(struct decoder *d, const struct ypair *pair)
{
	if (pair->value->kind != Y_NULL || d->kind->native)
		return true;
	if (d->kind->role != SCHEMA_CONTEXT)
		diag_null_map_value(d->sink, pair->key_at, path_print(d));
	return false;
}

static void
decode_str_map(struct decoder *d, const struct schema_type *t,
    const struct ynode *n, struct ast_str_map *m)
{
	struct path path = {.up = d->path};

	*m = (struct ast_str_map){.present = true, .at = n->at};
	m->v = ARENA_ARRAY(d->arena, struct ast_str_pair, n->map.n);
	d->path = &path;
	for (uint32_t i = 0; i < n->map.n; i++) {
		const struct ypair *pair = &n->map.v[i];
		struct ast_str value = {.at = pair->value->at, .v = STR("")};

		path.key = pair->key;
		if (!keep_entry(d, pair))
			continue;
		if (pair->value->kind != Y_NULL)
			decode_str(d, t->item, pair->value, &value);
		m->v[m->n++] = (struct ast_str_pair){
		    .key = pair->key,
		    .key_at = pair->key_at,
		    .value = value.v,
		    .value_at = value.at,
		};
	}
	d->path = path.up;
}

static void
decode_list_map(struct decoder *d, const struct schema_type *t,
    const struct ynode *n, struct ast_list_map *m)
{
	struct path path = {.up = d->path};

	*m = (struct ast_list_map){.present = true, .at = n->at};
	m->v = ARENA_ARRAY(d->arena, struct ast_list_pair, n->map.n);
	d->path = &path;
	for (uint32_t i = 0; i < n->map.n; i++) {
		const struct ypair *pair = &n->map.v[i];
		struct ast_list_pair *entry = &m->v[m->n];

		path.key = pair->key;
		if (!keep_entry(d, pair))
			continue;
		m->n++;
		entry->key = pair->key;
		entry->key_at = pair->key_at;
		if (pair->value->kind != Y_NULL)
			decode_value(d, t->item, pair->value, &entry->value);
	}
	d->path = path.up;
}

static void
decode_value(struct decoder *d, const struct schema_type *t,
    const struct ynode *n, void *dst)
{
	switch (t->form) {
	case SCHEMA_STR:
		decode_str(d, t, n, dst);
		return;
	case SCHEMA_INT:
		decode_int(d, t, n, dst);
		return;
	case SCHEMA_BOOL:
		decode_bool(d, n, dst);
		return;
	case SCHEMA_INT_OR_STR:
		decode_int_or_str(d, t, n, dst);
		return;
	case SCHEMA_STRUCT: {
		void *body = arena_alloc(d->arena, t->of->size);

		*(void **)dst = body;
		decode_struct(d, t->of, n, body);
		return;
	}
	case SCHEMA_LIST:
		decode_list(d, t, n, dst);
		return;
	case SCHEMA_MAP:
		if (n->kind != Y_MAP)
			wrong_type(d, "object", n);
		else if (t->item->form == SCHEMA_LIST)
			decode_list_map(d, t, n, dst);
		else
			decode_str_map(d, t, n, dst);
		return;
	case SCHEMA_ANY:
		return;
	}
}

/* Name and namespace, as far as the metadata has them. */
static void
note_metadata(struct object *o, const struct ast_object_meta *meta,
    bool namespaced)
{
	if (namespaced && meta->namespace.present)
		o->ns = meta->namespace.v;
	if (meta->name.present) {
		o->name = meta->name.v;
		o->name_at = meta->name.at;
	}
}

void
decode_object(struct decoder *d, const struct ynode *n)
{
	const struct schema_kind *kind = d->kind;
	const struct ast_object_meta *meta;
	struct str ns = d->schema->opt.default_ns;
	void *body = arena_alloc(d->arena, kind->body->size);
	struct object *o = d->object;

	*o = (struct object){
	    .kind = kind->id,
	    .kind_name = kind->name,
	    .at = n->at,
	    .name = STR(""),
	    .ns = STR(""),
	    .name_at = n->at,
	    .body = body,
	};
	decode_struct(d, kind->body, n, body);
	if (kind->namespaced)
		o->ns = ns.n > 0 ? ns : STR("default");
	meta =
	    *(struct ast_object_meta *const *)((char *)body + kind->metadata);
	if (meta)
		note_metadata(o, meta, kind->namespaced);
}
