/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects from bytes, whoever made them: every number is checked before it is
 * used, and every object by what the schema asks of it.
 */
#include "schema/check.h"
#include "schema/decode.h"
#include "schema/packed.h"

/* A list or map that several have. */
struct shared_value {
	const struct schema_type *type;
	union {
		struct any_list list;
		struct ast_str_map map;
		struct ast_list_map list_map;
	};
};

uint64_t
unpack_u64(struct unpacker *u, uint64_t max)
{
	uint64_t v = 0;

	for (unsigned shift = 0; u->p < u->end && shift < 64; shift += 7) {
		uint64_t bits = *u->p & 0x7f;

		if (bits << shift >> shift != bits)
			break;
		v |= bits << shift;
		if (!(*u->p++ & 0x80)) {
			if (v <= max)
				return v;
			break;
		}
	}
	u->bad = true;
	u->end = u->p;
	return 0;
}

/* How many items follow, each of which takes a byte at least. */
static uint32_t
unpack_count(struct unpacker *u)
{
	size_t left = (size_t)(u->end - u->p);

	return (uint32_t)unpack_u64(u, left < UINT32_MAX ? left : UINT32_MAX);
}

static bool
unpack_bool(struct unpacker *u)
{
	return unpack_u64(u, 1);
}

struct str
unpack_str(struct unpacker *u)
{
	uint64_t number = unpack_u64(u, u->ntexts);

	return number > 0 ? u->texts[number - 1] : (struct str){0};
}

/* A text of type T; most have been found right before. */
static struct str
unpack_text(struct unpacker *u, const struct schema_type *t)
{
	uint64_t number = unpack_u64(u, u->ntexts);
	struct str v;

	if (number == 0) {
		u->bad = true;
		return (struct str){0};
	}
	v = u->texts[number - 1];
	if (u->right[number - 1] != t) {
		check_str(u->decoder, t, v, (struct span){0});
		if (!diag_failed(u->decoder->sink))
			u->right[number - 1] = t;
	}
	return v;
}

static void
read_texts(struct unpacker *u)
{
	uint32_t n = unpack_count(u);

	u->texts = ARENA_ARRAY(u->arena, struct str, n);
	u->right = ARENA_ARRAY(u->arena, const struct schema_type *, n);
	for (uint32_t i = 0; i < n && !u->bad; i++) {
		uint32_t size = unpack_count(u);

		/* Its NUL comes after it. */
		if (size >= (size_t)(u->end - u->p) || u->p[size] != '\0') {
			u->bad = true;
			return;
		}
		u->texts[i] = (struct str){(const char *)u->p, size};
		u->p += size + 1;
	}
	u->ntexts = n;
}

/* The source of a name, which is mostly that of the place before; each is added
 * once. */
static uint32_t
source_of(struct unpacker *u, struct map *sources, struct str name,
    bool context)
{
	uint32_t source = (uint32_t)u->sources->v.n;
	void **slot;

	if (sources->n > 0 && name.s == u->sources->v.v[source - 1].name)
		return source;
	slot = map_put(sources, name.s, name.n);
	if (*slot)
		return (uint32_t)(uintptr_t)*slot;
	source = source_add(u->sources, name.s, STR(""));
	u->sources->v.v[source - 1].context = context;
	*slot = (void *)(uintptr_t)source;
	return source;
}

static void
read_places(struct unpacker *u)
{
	uint32_t n = unpack_count(u);
	struct map sources;

	map_init(&sources, u->arena);
	u->places = ARENA_ARRAY(u->arena, struct span, n);
	for (uint32_t i = 0; i < n && !u->bad; i++) {
		struct str name = unpack_str(u);
		bool context = unpack_bool(u);
		struct source_point point = {.line = (uint32_t)unpack_u64(u,
						 UINT32_MAX),
		    .col = (uint32_t)unpack_u64(u, UINT32_MAX),
		    .template = unpack_str(u)};

		if (u->bad || !name.s || !point.template.s) {
			u->bad = true;
			return;
		}
		u->places[i] = source_add_point(u->sources,
		    source_of(u, &sources, name, context), point);
	}
	u->nplaces = n;
}

void
unpacker_init(struct unpacker *u, struct arena *a, struct source_set *sources,
    struct str bytes)
{
	*u = (struct unpacker){.arena = a,
	    .sources = sources,
	    .p = (const uint8_t *)bytes.s,
	    .end = (const uint8_t *)bytes.s + bytes.n};
	read_texts(u);
	read_places(u);
}

void
unpacker_set_schema(struct unpacker *u, const struct schema *schema)
{
	u->schema = schema;
}

static struct span
unpack_at(struct unpacker *u)
{
	uint64_t number = unpack_u64(u, u->nplaces);

	return number > 0 ? u->places[number - 1] : (struct span){0};
}

static struct span
unpack_inner(struct unpacker *u)
{
	return u->placed ? unpack_at(u) : (struct span){0};
}

static void unpack_value(struct unpacker *u, const struct schema_type *t,
    void *v);

/* What it is an error to lack; the rules of the whole struct are the
 * compiler's that packed it, but for those that are C. */
static void
check_fields(struct unpacker *u, const struct schema_struct *st,
    uint64_t present, const void *body)
{
	unsigned cilium = u->schema->opt.cilium;

	for (uint32_t i = 0; i < st->nfields; i++) {
		const struct schema_field *f = &st->fields[i];
		bool kept = packed_has(f, cilium);

		if (present >> i & 1 ? !kept : kept && f->required)
			u->bad = true;
	}
	if (st->check && !u->bad)
		st->check(u->decoder, body);
}

static void
unpack_struct(struct unpacker *u, const struct schema_struct *st, void *body)
{
	uint64_t present;

	*(struct span *)body = unpack_inner(u);
	present = unpack_u64(u, UINT64_MAX);
	if (st->nfields < 64 && present >> st->nfields) {
		u->bad = true;
		return;
	}
	for (uint32_t i = 0; i < st->nfields; i++) {
		const struct schema_field *f = &st->fields[i];

		if (present >> i & 1)
			unpack_value(u, f->type, (char *)body + f->offset);
	}
	check_fields(u, st, present, body);
}

static void
unpack_item(struct unpacker *u, const struct schema_type *t, void *v)
{
	if (t->form == SCHEMA_STRUCT) {
		unpack_struct(u, t->of, v);
		return;
	}
	if (unpack_bool(u))
		unpack_value(u, t, v);
	if (t->form == SCHEMA_STR)
		((struct ast_str *)v)->at = unpack_inner(u);
}

static struct any_list
unpack_list(struct unpacker *u, const struct schema_type *t)
{
	struct any_list l = {.present = true, .at = unpack_inner(u)};
	size_t size = schema_item_size(t->item);

	l.n = unpack_count(u);
	l.v = arena_array(u->arena, l.n, size);
	for (uint32_t i = 0; i < l.n && !u->bad; i++)
		unpack_item(u, t->item, (char *)l.v + i * size);
	return l;
}

static struct ast_str_map
unpack_str_map(struct unpacker *u, const struct schema_type *t)
{
	struct ast_str_map m = {.present = true, .at = unpack_inner(u)};

	m.n = unpack_count(u);
	m.v = ARENA_ARRAY(u->arena, struct ast_str_pair, m.n);
	for (uint32_t i = 0; i < m.n && !u->bad; i++) {
		struct ast_str_pair *pair = &m.v[i];

		pair->key = unpack_str(u);
		pair->value = unpack_text(u, t->item);
		u->bad |= !pair->key.s;
	}
	return m;
}

static struct ast_list_map
unpack_list_map(struct unpacker *u, const struct schema_type *t)
{
	struct ast_list_map m = {.present = true, .at = unpack_inner(u)};

	m.n = unpack_count(u);
	m.v = ARENA_ARRAY(u->arena, struct ast_list_pair, m.n);
	for (uint32_t i = 0; i < m.n && !u->bad; i++) {
		m.v[i].key = unpack_str(u);
		unpack_item(u, t->item, &m.v[i].value);
		u->bad |= !m.v[i].key.s;
	}
	return m;
}

/* A list or map by itself, as the member that it is. */
static struct shared_value
unpack_many(struct unpacker *u, const struct schema_type *t)
{
	struct shared_value v = {.type = t};

	if (t->form == SCHEMA_LIST)
		v.list = unpack_list(u, t);
	else if (t->item->form == SCHEMA_LIST)
		v.list_map = unpack_list_map(u, t);
	else
		v.map = unpack_str_map(u, t);
	return v;
}

static void
store_many(const struct shared_value *v, void *to)
{
	if (v->type->form == SCHEMA_LIST)
		memcpy(to, &v->list, sizeof(v->list));
	else if (v->type->item->form == SCHEMA_LIST)
		memcpy(to, &v->list_map, sizeof(v->list_map));
	else
		memcpy(to, &v->map, sizeof(v->map));
}

static void
unpack_shared(struct unpacker *u, const struct schema_type *t, void *to)
{
	struct shared_value new;
	uint64_t number;

	if (u->placed || u->sharing) {
		new = unpack_many(u, t);
		store_many(&new, to);
		return;
	}
	number = unpack_u64(u, u->shared.n);
	if (number > 0 && u->shared.v[number - 1].type == t) {
		store_many(&u->shared.v[number - 1], to);
		return;
	}
	u->bad |= number > 0;
	u->sharing = true;
	new = unpack_many(u, t);
	u->sharing = false;
	*vec_push(&u->shared, u->arena) = new;
	store_many(&new, to);
}

static int64_t
unpack_int(struct unpacker *u, const struct schema_type *t)
{
	int64_t v = unpacked_signed(unpack_u64(u, UINT64_MAX));

	if (t->form == SCHEMA_INT)
		check_int(u->decoder, t, v, (struct span){0});
	return v;
}

static void
unpack_value(struct unpacker *u, const struct schema_type *t, void *v)
{
	struct ast_str *s = v;
	struct ast_int *i = v;
	struct ast_bool *b = v;
	struct ast_int_or_str *e = v;

	switch (t->form) {
	case SCHEMA_STR:
		*s = (struct ast_str){.present = true, .v = unpack_text(u, t)};
		return;
	case SCHEMA_INT:
		*i = (struct ast_int){.present = true, .v = unpack_int(u, t)};
		return;
	case SCHEMA_BOOL:
		*b = (struct ast_bool){.present = true, .v = unpack_bool(u)};
		return;
	case SCHEMA_INT_OR_STR:
		*e = (struct ast_int_or_str){.present = true,
		    .is_int = unpack_bool(u)};
		if (e->is_int)
			e->i = unpack_int(u, t);
		else
			e->s = unpack_text(u, t);
		return;
	case SCHEMA_STRUCT: {
		void *body = arena_alloc(u->arena, t->of->size);

		*(void **)v = body;
		unpack_struct(u, t->of, body);
		return;
	}
	case SCHEMA_LIST:
	case SCHEMA_MAP:
		unpack_shared(u, t, v);
		return;
	case SCHEMA_ANY:
		return;
	}
}

static const struct schema_kind *
find_kind(struct str name, struct str api)
{
	for (size_t i = 0; name.s && api.s && i < schema_nkinds; i++) {
		const struct schema_kind *k = &schema_kinds[i];

		if (str_is(name, k->name) && str_is(api, k->api))
			return k;
	}
	return NULL;
}

/* The object but for its body. */
static void
unpack_head(struct unpacker *u, struct object *o)
{
	unsigned flags;

	o->at = unpack_at(u);
	o->name_at = u->placed ? unpack_at(u) : o->at;
	o->ns = unpack_str(u);
	o->name = unpack_str(u);
	flags = (unsigned)unpack_u64(u, PACKED_FLAGS - 1);
	o->context = flags & PACKED_CONTEXT;
	o->stored = flags & PACKED_STORED;
	o->idle = flags & PACKED_IDLE;
	o->assumed = flags & PACKED_ASSUMED;
	o->status = (enum object_status)unpack_u64(u, OBJECT_IDLE);
	u->bad |= !o->ns.s || !o->name.s;
}

struct object *
unpack_object(struct unpacker *u)
{
	struct str name = unpack_str(u), api = unpack_str(u);
	const struct schema_kind *kind = find_kind(name, api);
	struct object *o = ARENA_NEW(u->arena, struct object);
	struct diag_sink sink;
	struct decoder d = {.schema = u->schema,
	    .arena = u->arena,
	    .sink = &sink,
	    .kind = kind,
	    .object = o};
	void *body;

	u->bad |= !kind;
	if (u->bad)
		return NULL;
	diag_sink_init(&sink, u->arena);
	u->placed = packed_places(kind);
	u->decoder = &d;
	o->kind = kind->id;
	o->kind_name = kind->name;
	o->body = body = arena_alloc(u->arena, kind->body->size);
	unpack_head(u, o);
	d.stored = o->stored;
	unpack_struct(u, kind->body, body);
	/* Of what was refused, nothing is used. */
	u->bad |= o->status == OBJECT_OK && diag_failed(&sink);
	return u->bad ? NULL : o;
}

bool
unpacker_end(const struct unpacker *u)
{
	return !u->bad && u->p == u->end;
}
