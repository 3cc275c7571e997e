/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents into objects: takes Lists apart, selects the schema by apiVersion
 * and kind, and decodes the items, in batches that threads share.
 */
#include "schema/schema.h"

#include "base/near.h"
#include "diag_gen.h"
#include "schema/decode.h"
#include "schema/dns_cache.h"

struct schema *
schema_new(struct arena *a, const struct schema_options *opt)
{
	struct schema *s = ARENA_NEW(a, struct schema);

	s->opt = *opt;
	s->version = arena_printf(a, VERSION_FMT, VERSION_ARG(opt->cilium));
	s->patterns = patterns_compile(a);
	s->label_value = pattern_index("label-value");
	return s;
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

/* The API and the kind of ITEM are those of the list that it is of, or "". */
static void
unfold(struct schema_items *items, struct arena *a, struct schema_item item)
{
	const struct ynode *n = item.node;
	struct str own_kind = node_str(ynode_get(n, "kind"));
	struct str own_api = node_str(ynode_get(n, "apiVersion")), of_items;
	const struct ynode *list;

	item.kind = own_kind.n > 0 ? own_kind : item.kind;
	item.api = own_api.n > 0 ? own_api : item.api;
	if (!list_kind(n, item.kind, &of_items)) {
		*vec_push(&items->v, a) = item;
		return;
	}
	list = ynode_get(n, "items");
	item.api = of_items.n > 0 ? item.api : STR("");
	item.kind = of_items;
	for (uint32_t i = 0; i < list->seq.n; i++) {
		item.node = list->seq.v[i];
		unfold(items, a, item);
	}
}

void
schema_unfold(struct schema_items *items, struct arena *a,
    const struct schema_item *doc)
{
	struct schema_item item = *doc;

	item.api = item.kind = STR("");
	item.dns_cache = dns_cache_recognised(doc->node);
	if (item.dns_cache)
		*vec_push(&items->v, a) = item;
	else
		unfold(items, a, item);
}

bool
schema_is_manifest(const struct ynode *doc)
{
	const struct ynode *first = doc;

	if (doc->kind == Y_SEQ && doc->seq.n > 0)
		first = doc->seq.v[0];
	return (ynode_get(first, "kind") &&
		   (first == doc || ynode_get(first, "apiVersion"))) ||
	    dns_cache_recognised(doc);
}

/* What apiVersion and kind select. */
struct match {
	const struct schema_kind *exact; /* in this version of Cilium */
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
		else if (version_within(s->opt.cilium, k->since, k->until))
			m.exact = k;
		else
			m.other = k;
	}
	return m;
}

/* Where what a run of items holds is decoded to. */
struct run {
	const struct schema *schema;
	struct arena *arena;
	struct diag_sink *sink;
	struct object_list *list;
	struct object *room; /* for the next object */
};

/* Only what a cluster holds has a uid. */
static bool
is_stored(const struct ynode *n)
{
	const struct ynode *meta = ynode_get(n, "metadata");
	const struct ynode *uid = meta ? ynode_get(meta, "uid") : NULL;

	return uid && uid->kind == Y_STR && uid->s.n > 0;
}

static void
decode_as(struct run *r, const struct schema_kind *kind,
    const struct schema_item *item, const struct ynode *n)
{
	struct decoder d = {
	    .schema = r->schema,
	    .arena = r->arena,
	    .sink = r->sink,
	    .kind = kind,
	    .object = r->room++,
	    .stored = item->context || is_stored(n),
	};

	decode_object(&d, n);
	d.object->context = item->context;
	d.object->stored = d.stored;
	d.object->idle = item->idle;
	d.object->assumed = item->assumed;
	*vec_push(&r->list->v, r->arena) = d.object;
}

static void
report_api(const struct run *r, const struct schema_kind *k, struct str api,
    const struct ynode *n)
{
	const struct ynode *at = ynode_get(n, "apiVersion");
	struct span span = at ? at->at : n->at;

	if (k->role == SCHEMA_CONTEXT)
		diag_unread_api_version(r->sink, span, k->name, api, k->api);
	else
		diag_unknown_api_version(r->sink, span, k->name, api, k->api);
}

/*
 * Reports an object of a group with policies whose kind is a slip of one of
 * the group's; whether it is.
 */
static bool
report_kind(const struct run *r, const struct schema_item *item)
{
	const struct ynode *at = ynode_get(item->node, "kind");
	size_t n = group_len(item->api);
	struct str group = {item->api.s, n};
	VEC(const char *) names = {0};
	const char *hint;

	for (size_t i = 0; n > 0 && i < schema_nkinds; i++) {
		const struct schema_kind *k = &schema_kinds[i];

		if (k->role != SCHEMA_CONTEXT &&
		    str_eq(group,
			(struct str){k->api, group_len(str_of(k->api))}))
			*vec_push(&names, r->arena) = k->name;
	}
	if (names.n == 0 || item->context)
		return false;
	*vec_push(&names, r->arena) = NULL;
	hint = near_hint(r->arena, item->kind, names.v, "\"");
	if (!*hint)
		return false;
	diag_unknown_kind(r->sink, at ? at->at : item->node->at, item->kind,
	    item->api, hint);
	return true;
}

static void
decode_node(struct run *r, const struct schema_item *item)
{
	const struct ynode *n = item->node;
	struct match m;

	if (n->kind != Y_MAP) {
		diag_not_an_object(r->sink, n->at, ynode_kind_name(n->kind));
		return;
	}
	m = match_kind(r->schema, item->api, item->kind);
	if (m.exact) {
		decode_as(r, m.exact, item, n);
	} else if (m.other && m.near) {
		diag_api_not_in_version(r->sink, n->at, r->schema->version,
		    m.other->name, item->api, m.near->api);
		decode_as(r, m.near, item, n);
	} else if (m.other) {
		diag_kind_not_in_version(r->sink, n->at, r->schema->version,
		    m.other->name, item->api);
	} else if (m.near) {
		report_api(r, m.near, item->api, n);
	} else if (!report_kind(r, item)) {
		r->list->skipped++;
	}
}

static void
decode_dns_cache(struct run *r, const struct schema_item *item)
{
	const struct schema_kind *kind = schema_kind_of(AST_FQDN_CACHE);

	decode_as(r, kind, item, dns_cache_of(r->arena, r->sink, item->node));
}

/* Decodes the items from FIRST to STOP. */
static void
decode_run(struct run *r, const struct schema_items *items, size_t first,
    size_t stop)
{
	/* Together, because later passes look through all of them. */
	r->room = ARENA_ARRAY(r->arena, struct object, stop - first);
	for (size_t i = first; i < stop; i++) {
		const struct schema_item *item = &items->v.v[i];

		if (item->dns_cache)
			decode_dns_cache(r, item);
		else
			decode_node(r, item);
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
	struct schema_item item = {.node = doc, .context = context};
	struct schema_items items = {0};
	struct object_list found = {0};
	struct run run = {s, a, sink, &found, NULL};

	schema_unfold(&items, a, &item);
	decode_run(&run, &items, 0, items.v.n);
	add_all(list, a, &found);
}

const struct object *
schema_decode_as(const struct schema *s, struct arena *a,
    struct diag_sink *sink, const struct ynode *node, enum ast_kind kind)
{
	const struct schema_item item = {.node = node};
	struct object_list found = {0};
	struct run run = {s, a, sink, &found, ARENA_NEW(a, struct object)};

	if (node->kind != Y_MAP) {
		diag_not_an_object(sink, node->at, ynode_kind_name(node->kind));
		return NULL;
	}
	decode_as(&run, schema_kind_of(kind), &item, node);
	return found.v.v[0];
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
	struct run run = {b->schema, &self->perm, &batch.sink, &batch.list,
	    NULL};
	size_t first = i * BATCH, rest = b->items->v.n - first;

	diag_sink_init(&batch.sink, &self->perm);
	decode_run(&run, b->items, first,
	    first + (rest < BATCH ? rest : BATCH));
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
