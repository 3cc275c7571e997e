/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "base/search.h"
#include "diag_gen.h"
#include "schema/dns_cache.h"
#include "schema/table.h"

static void decode_value(struct decoder *d, const struct schema_type *t,
    const struct ynode *n, void *dst);

const struct schema_field *
schema_find_field(const struct schema *s, const struct schema_struct *st,
    struct str name)
{
	uint32_t i;

	LOWER_BOUND(i, st->nfields,
	    str_compare(st->fields[st->by_name[i]].name, name) < 0);
	/* The same name may occur once for each range of versions. */
	for (; i < st->nfields; i++) {
		const struct schema_field *f = &st->fields[st->by_name[i]];

		if (!str_eq(f->name, name))
			return NULL;
		if (schema_in_version(s, f->since, f->until))
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

static void
wrong_type(struct decoder *d, const char *want, const struct ynode *n)
{
	bool scalar =
	    n->kind == Y_BOOL || n->kind == Y_INT || n->kind == Y_FLOAT;
	const char *got = ynode_kind_name(n->kind);

	if (scalar && strcmp(want, "string") == 0)
		decoder_reject(d,
		    diag_unquoted_string(d->sink, n->at, path_print(d), got));
	else
		decoder_reject(d,
		    diag_wrong_type(d->sink, n->at, path_print(d), want, got));
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
		    schema_find_field(d->schema, st, pair->key);
		struct path path = {.up = d->path, .key = pair->key};

		if (!f && d->kind->role != SCHEMA_CONTEXT)
			unknown_field(d, st, pair);
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

/* What apiVersion and kind select. */
struct match {
	const struct schema_kind *exact; /* in the version at hand */
	const struct schema_kind *other; /* exact, but of another version */
	const struct schema_kind *near;  /* the kind's name and group only */
};

static size_t
group_len(struct str api)
{
	const char *slash = memchr(api.s, '/', api.n);

	return slash ? (size_t)(slash - api.s) : 0;
}

/*
 * Other projects use the same kind names in groups of their own (Knative's
 * Service, Calico's NetworkPolicy): those are other kinds.  Cilium's names are
 * nobody else's.
 */
static bool
is_near(const struct schema_kind *k, struct str api)
{
	size_t n = group_len(api);

	return api.n == 0 || strncmp(k->name, "Cilium", 6) == 0 ||
	    str_eq((struct str){api.s, n},
		(struct str){k->api, group_len(str_of(k->api))});
}

static struct match
match_kind(const struct schema *s, struct str api, struct str kind)
{
	struct match m = {0};

	for (size_t i = 0; i < schema_nkinds; i++) {
		const struct schema_kind *k = &schema_kinds[i];

		if (!str_is(kind, k->name))
			continue;
		if (!str_is(api, k->api))
			m.near = is_near(k, api) ? k : m.near;
		else if (schema_in_version(s, k->since, k->until))
			m.exact = k;
		else
			m.other = k;
	}
	return m;
}

/* One decode call's constant part. */
struct input {
	const struct schema *schema;
	struct arena *arena;
	struct diag_sink *sink;
	bool context;
	struct object_list *list;
	struct object *room; /* for the object, if there is one */
};

static void
decode_object(const struct input *in, const struct schema_kind *kind,
    const struct ynode *n)
{
	struct object *o = in->room;
	struct decoder d = {
	    .schema = in->schema,
	    .arena = in->arena,
	    .sink = in->sink,
	    .kind = kind,
	    .object = o,
	};
	void *body = arena_alloc(in->arena, kind->body->size);
	const struct ast_object_meta *meta;
	struct str ns = in->schema->opt.default_ns;

	*o = (struct object){
	    .kind = kind->id,
	    .kind_name = kind->name,
	    .at = n->at,
	    .name = STR(""),
	    .ns = STR(""),
	    .name_at = n->at,
	    .context = in->context,
	    .body = body,
	};
	*vec_push(&in->list->v, in->arena) = o;
	decode_struct(&d, kind->body, n, body);
	if (kind->namespaced)
		o->ns = ns.n > 0 ? ns : STR("default");
	meta =
	    *(struct ast_object_meta *const *)((char *)body + kind->metadata);
	if (!meta)
		return;
	if (kind->namespaced && meta->namespace.present)
		o->ns = meta->namespace.v;
	if (meta->name.present) {
		o->name = meta->name.v;
		o->name_at = meta->name.at;
	}
}

static struct str
node_str(const struct ynode *n)
{
	return n && n->kind == Y_STR ? n->s : STR("");
}

/* The item kind of a list kind: "Pod" for "PodList", "" for "List". */
static bool
list_kind(const struct ynode *n, struct str kind, struct str *ret_item)
{
	const struct ynode *items = ynode_get(n, "items");
	const struct str list = STR("List");

	if (kind.n < list.n || !items || items->kind != Y_SEQ ||
	    memcmp(kind.s + kind.n - list.n, list.s, list.n) != 0)
		return false;
	*ret_item = (struct str){kind.s, kind.n - list.n};
	return true;
}

static void
report_api(const struct input *in, const struct schema_kind *k, struct str api,
    const struct ynode *n)
{
	const struct ynode *at = ynode_get(n, "apiVersion");
	struct span span = at ? at->at : n->at;

	if (k->role == SCHEMA_CONTEXT)
		diag_unread_api_version(in->sink, span, k->name, api, k->api);
	else
		diag_unknown_api_version(in->sink, span, k->name, api, k->api);
}

/* API and KIND are those of the list that N is an item of, or "". */
static void
unfold(struct schema_items *items, struct arena *a, const struct ynode *n,
    struct str api, struct str kind, bool context)
{
	struct str own_kind = node_str(ynode_get(n, "kind"));
	struct str own_api = node_str(ynode_get(n, "apiVersion")), item;
	const struct ynode *list;

	kind = own_kind.n > 0 ? own_kind : kind;
	api = own_api.n > 0 ? own_api : api;
	if (!list_kind(n, kind, &item)) {
		*vec_push(&items->v, a) =
		    (struct schema_item){n, api, kind, false, context};
		return;
	}
	list = ynode_get(n, "items");
	for (uint32_t i = 0; i < list->seq.n; i++)
		unfold(items, a, list->seq.v[i], item.n > 0 ? api : STR(""),
		    item, context);
}

static void
decode_node(const struct input *in, const struct schema_item *item)
{
	const struct ynode *n = item->node;
	struct match m;

	if (n->kind != Y_MAP) {
		diag_not_an_object(in->sink, n->at, ynode_kind_name(n->kind));
		return;
	}
	m = match_kind(in->schema, item->api, item->kind);
	if (m.exact)
		decode_object(in, m.exact, n);
	else if (m.other)
		diag_kind_not_in_version(in->sink, n->at, in->schema->version,
		    m.other->name, item->api);
	else if (m.near)
		report_api(in, m.near, item->api, n);
	else
		in->list->skipped++;
}

void
schema_unfold(struct schema_items *items, struct arena *a,
    const struct ynode *doc, bool context)
{
	if (dns_cache_recognised(doc))
		*vec_push(&items->v, a) = (struct schema_item){.node = doc,
		    .dns_cache = true,
		    .context = context};
	else
		unfold(items, a, doc, STR(""), STR(""), context);
}

static void
decode_run(const struct schema *s, struct arena *a, struct diag_sink *sink,
    const struct schema_items *items, size_t first, size_t stop,
    struct object_list *list)
{
	/* Together, because later passes look through all of them. */
	struct object *room = ARENA_ARRAY(a, struct object, stop - first);

	for (size_t i = first; i < stop; i++) {
		const struct schema_item *item = &items->v.v[i];
		const struct input in = {
		    .schema = s,
		    .arena = a,
		    .sink = sink,
		    .context = item->context,
		    .list = list,
		    .room = &room[i - first],
		};

		if (item->dns_cache)
			decode_object(&in,
			    match_kind(s, STR("cnpc.io/v1alpha1"),
				STR("FQDNCache"))
				.exact,
			    dns_cache_of(a, sink, item->node));
		else
			decode_node(&in, item);
	}
}

/* Adds what a run decoded to LIST, which alone knows objects by kind. */
static void
add_all(struct object_list *list, struct arena *a,
    const struct object_list *run)
{
	list->skipped += run->skipped;
	VEC_FOREACH (o, &run->v) {
		*vec_push(&list->v, a) = *o;
		*vec_push(&list->of_kind[(*o)->kind], a) = *o;
	}
}

void
schema_decode(const struct schema *s, struct arena *a, struct diag_sink *sink,
    const struct ynode *doc, bool context, struct object_list *list)
{
	struct schema_items items = {0};
	struct object_list run = {0};

	schema_unfold(&items, a, doc, context);
	decode_run(s, a, sink, &items, 0, items.v.n, &run);
	add_all(list, a, &run);
}

/* How many items are worth a thread. */
#define BATCH 128

/* What the items of one batch decode to. */
struct batch {
	struct diag_sink sink;
	struct object_list list;
};

struct batches {
	const struct schema *schema;
	const struct schema_items *items;
	struct batch *v;
};

static void
decode_batch(void *arg, struct worker *self, size_t i)
{
	struct batches *b = arg;
	struct batch batch = {0};
	size_t first = i * BATCH, rest = b->items->v.n - first;

	diag_sink_init(&batch.sink, &self->perm);
	decode_run(b->schema, &self->perm, &batch.sink, b->items, first,
	    first + (rest < BATCH ? rest : BATCH), &batch.list);
	b->v[i] = batch;
}

void
schema_decode_items(const struct schema *s, struct pool *pool, struct arena *a,
    struct arena *scratch, struct diag_sink *sink,
    const struct schema_items *items, struct object_list *list)
{
	size_t n = (items->v.n + BATCH - 1) / BATCH;
	struct batches b = {.schema = s,
	    .items = items,
	    .v = ARENA_ARRAY(scratch, struct batch, n)};

	pool_run(pool, n, decode_batch, &b);
	for (size_t i = 0; i < n; i++) {
		diag_merge(sink, &b.v[i].sink);
		add_all(list, a, &b.v[i].list);
	}
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

static const struct schema_kind *
kind_of(enum ast_kind kind)
{
	size_t i = 0;

	while (schema_kinds[i].id != kind) {
		i++;
		assert(i < schema_nkinds);
	}
	return &schema_kinds[i];
}

bool
ast_kind_is_policy(enum ast_kind kind)
{
	return kind_of(kind)->role == SCHEMA_POLICY;
}

bool
ast_kind_is_workload(enum ast_kind kind)
{
	return kind_of(kind)->workload;
}
