/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of whom labels, numbers and workloads mean, and the order in which
 * they are asked.
 */
#include "replay/ends.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "cilium/labels.h"
#include "cilium/proto.h"
#include "cilium/reserved.h"
#include "ident/labels.h"
#include "lang/fqdn.h"
#include "replay/outside.h"
#include "replay/workload.h"

static int
compare_text(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

typedef VEC(struct str) texts;

/* Distinct texts in byte order, which most are in, a line feed after each. */
static struct str
canonical(struct arena *a, texts *v)
{
	struct buf b;
	size_t n = 1;

	buf_init(&b, a);
	buf_puts(&b, "");
	while (n < v->n && str_compare(v->v[n - 1], v->v[n]) <= 0)
		n++;
	if (n < v->n)
		qsort(v->v, v->n, sizeof(*v->v), compare_text);
	for (size_t i = 0; i < v->n; i++) {
		if (i > 0 && str_eq(v->v[i], v->v[i - 1]))
			continue;
		buf_str(&b, v->v[i]);
		buf_putc(&b, '\n');
	}
	return buf_as_str(&b);
}

/* Adds all that FROM has. */
static void
join(struct replay_ends *x, struct query_identities *to,
    const struct query_identities *from)
{
	to->either = true;
	VEC_FOREACH (i, &from->v)
		*vec_push(&to->v, x->arena) = *i;
}

static void
put(struct replay_ends *x, struct map *m, const void *key, size_t n,
    const struct query_identities *v)
{
	void **slot = map_put(m, key, n);

	if (!*slot)
		*slot = ARENA_NEW(x->arena, struct query_identities);
	join(x, *slot, v);
}

/* Labels that say what an older agent does not say are not compared. */
static bool
is_compared(const struct replay_ends *x, struct str source, struct str key)
{
	if (str_is(source, SOURCE_GENERATED))
		return false;
	return !str_is(source, SOURCE_K8S) ||
	    label_filter_takes(x->filter, source, key);
}

/* The same of a label; ASKED has what was found out, by the key's atom. */
static bool
is_label_compared(const struct replay_ends *x, const struct label *l,
    char *asked)
{
	const struct ir *ir = x->world->ir;
	char *found = &asked[l->key.i];

	if (!atom_eq(l->source, ir->word.k8s))
		return is_compared(x, atom_str(ir->atoms, l->source),
		    atom_str(ir->atoms, l->key));
	if (*found == '\0')
		*found =
		    is_compared(x, STR(SOURCE_K8S), atom_str(ir->atoms, l->key))
		    ? 'y'
		    : 'n';
	return *found == 'y';
}

static void
list_identities(struct replay_ends *x)
{
	const struct world *w = x->world;
	struct arena own = {0};
	char *asked = ARENA_ARRAY(&own, char, atom_count(w->ir->atoms));

	for (uint32_t i = 0; i < w->idents.n; i++) {
		const struct identity *id = &w->idents.v[i];
		texts v = {0};
		struct str key;

		x->of_ident[i].either = true;
		if (x->of_ident[i].v.n == 0)
			*vec_push(&x->of_ident[i].v, x->arena) =
			    (struct query_identity){{i}, NULL, 0};
		for (uint32_t k = 0; k < id->nlabels; k++) {
			const struct label *l = &id->labels[k];

			if (is_label_compared(x, l, asked))
				*vec_push(&v, &x->scratch) =
				    label_print(&x->scratch, w->ir->atoms, l);
		}
		key = canonical(&x->scratch, &v);
		put(x, &x->by_labels, key.s, key.n, &x->of_ident[i]);
		arena_reset(&x->scratch);
	}
	arena_free(&own);
}

/* One endpoint for each identity and policy class. */
static void
list_endpoints(struct replay_ends *x)
{
	VEC_FOREACH (e, &x->world->endpoints) {
		struct query_identities *of = &x->of_ident[e->ident.i];
		bool known = false;

		VEC_FOREACH (i, &of->v)
			known = known ||
			    (i->endpoint->ports.n == e->ports.n &&
				(e->ports.n == 0 ||
				    memcmp(i->endpoint->ports.v, e->ports.v,
					e->ports.n * sizeof(*e->ports.v)) ==
					0) &&
				i->endpoint->host == e->host);
		if (!known)
			*vec_push(&of->v, x->arena) =
			    (struct query_identity){e->ident, e,
				world_identity(x->world, e->ident)->nendpoints};
	}
}

/* Numbers that the snapshot fixes; the others are ours alone. */
static void
list_numbers(struct replay_ends *x)
{
	OBJECT_FOREACH (o, x->objects, AST_CILIUM_IDENTITY) {
		uint64_t number;
		sec_id_t id;
		ident_idx_t ident;

		if (!num_u64(o->name, UINT32_MAX, &number))
			continue;
		id.id = (uint32_t)number;
		if (world_find_id(x->world, id, &ident))
			put(x, &x->by_number, &id.id, sizeof(id.id),
			    &x->of_ident[ident.i]);
	}
	OBJECT_FOREACH (o, x->objects, AST_CILIUM_ENDPOINT) {
		const struct ast_cilium_endpoint *e = o->body;
		ident_idx_t ident;
		sec_id_t id;

		if (!e->status || !e->status->identity ||
		    !e->status->identity->id.present)
			continue;
		id.id = (uint32_t)e->status->identity->id.v;
		if (!map_get(&x->by_number, &id.id, sizeof(id.id)) &&
		    world_find_id(x->world, id, &ident))
			put(x, &x->by_number, &id.id, sizeof(id.id),
			    &x->of_ident[ident.i]);
	}
}

static void
list_names(struct replay_ends *x)
{
	const struct ir *ir = x->world->ir;
	bool deep = version_has(ir->opt.cilium, VERSION_FQDN_DEPTH);
	char error[128];

	for (uint32_t i = 0; i < ir->fqdns.n; i++) {
		struct str text = {ir->fqdns.entry[i].key,
		    ir->fqdns.entry[i].len};
		bool name = !memchr(text.s, '*', text.n);

		*vec_push(&x->names, x->arena) = (struct replay_name){text,
		    lang_regex_compile(x->arena,
			lang_fqdn_regex(x->arena, text, name, deep), error,
			sizeof(error))};
	}
}

static void
make_filter(struct replay_ends *x)
{
	const struct ir_options *opt = &x->world->ir->opt;

	x->filter = label_filter_new(x->arena, opt->label_filter, opt->cilium);
}

void
replay_ends_init(struct replay_ends *x, struct arena *a, const struct world *w,
    const struct object_list *objects, struct str default_ns)
{
	*x = (struct replay_ends){.arena = a,
	    .world = w,
	    .objects = objects,
	    .default_ns = default_ns};
	make_filter(x);
	x->found = ARENA_NEW(a, struct replay_found);
	shared_map_init(&x->found->alone);
	shared_map_init(&x->found->by_prefix);
	x->of_ident = ARENA_ARRAY(a, struct query_identities, w->idents.n);
	map_init(&x->by_labels, a);
	map_init(&x->by_number, a);
	map_init(&x->by_workload, a);
	list_endpoints(x);
	list_identities(x);
	list_numbers(x);
	list_names(x);
	replay_workloads_list(x);
}

void
replay_ends_share(struct replay_ends *x, const struct replay_ends *from,
    struct arena *a, struct arena *line)
{
	*x = *from;
	x->arena = a;
	x->line = line;
	x->scratch = (struct arena){0};
	make_filter(x);
}

void
replay_ends_free(struct replay_ends *x)
{
	arena_free(&x->scratch);
	shared_map_free(&x->found->alone);
	shared_map_free(&x->found->by_prefix);
}

static const char *
take(const struct query_identities *v, const char *otherwise,
    struct query_end *ret)
{
	if (!v || v->v.n == 0)
		return otherwise;
	ret->who = QUERY_IDENTITIES;
	ret->identities = v;
	return NULL;
}

static void
set_entity(struct query_end *ret, const char *name)
{
	ret->who = QUERY_ENTITY;
	ret->name = str_of(name);
}

/* The reserved identity of something in the cluster that labels say. */
static const char *
reserved_name(const record_label_vec *labels)
{
	static const char *const names[] = {RESERVED_KUBE_APISERVER,
	    RESERVED_HOST, RESERVED_REMOTE_NODE, RESERVED_INGRESS,
	    RESERVED_HEALTH, RESERVED_INIT, RESERVED_UNMANAGED};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		VEC_FOREACH (l, labels) {
			struct str source, key, value;

			label_split(*l, &source, &key, &value);
			if (str_is(source, SOURCE_RESERVED) &&
			    str_is(key, names[i]))
				return names[i];
		}
	}
	return NULL;
}

/* Whom labels mean; NULL: nobody. */
static const struct query_identities *
find_identities(struct replay_ends *x, const record_label_vec *labels)
{
	texts v = {0};
	struct str key;

	VEC_FOREACH (l, labels) {
		struct str source, name, value;

		label_split(*l, &source, &name, &value);
		if (is_compared(x, source, name))
			*vec_push(&v, &x->scratch) = *l;
	}
	key = canonical(&x->scratch, &v);
	return map_get(&x->by_labels, key.s, key.n);
}

static const struct replay_labels *
read_labels(struct replay_ends *x, struct record_labels *text)
{
	struct replay_labels *l;
	record_label_vec labels = {0};

	if (text->meaning)
		return text->meaning;
	text->meaning = l = ARENA_NEW(x->arena, struct replay_labels);
	record_labels(&labels, &x->scratch, text);
	l->outside = replay_is_outside(&labels, &l->prefix);
	l->reserved = reserved_name(&labels);
	l->identities = find_identities(x, &labels);
	arena_reset(&x->scratch);
	return l;
}

/* What a number below 256 is; NULL: of no identity. */
static const char *
reserved_of_number(uint32_t id)
{
	if (id == SEC_ID_HOST)
		return RESERVED_HOST;
	for (size_t i = 0; i < nreserved_identities; i++) {
		const struct reserved_identity *r = &reserved_identities[i];

		if (r->id == id)
			return id == SEC_ID_KUBE_APISERVER
			    ? RESERVED_KUBE_APISERVER
			    : r->label[0];
	}
	return NULL;
}

static const char *
by_labels(struct replay_ends *x, const struct record *r,
    const struct record_end *e, bool to, struct query_end *ret)
{
	const struct replay_labels *l = read_labels(x, e->labels);

	if (l->outside)
		return replay_outside(x, r, e, &l->prefix, ret);
	if (!l->reserved)
		return take(l->identities,
		    "the snapshot has no pod with these labels", ret);
	/* Which node, its address tells. */
	if (to && replay_is_node_port(x, r, e)) {
		ret->who = QUERY_ADDRESS;
		ret->ip = e->ip;
		return NULL;
	}
	set_entity(ret, l->reserved);
	return NULL;
}

/* Numbers that mean the same here; false: this one does not. */
static bool
by_number(struct replay_ends *x, const struct record *r,
    const struct record_end *e, struct query_end *ret, const char **ret_why)
{
	const struct query_identities *v =
	    map_get(&x->by_number, &e->identity, sizeof(e->identity));
	const char *name;

	*ret_why = NULL;
	if (v) {
		*ret_why = take(v, NULL, ret);
		return true;
	}
	if (e->identity == 0 || e->identity >= SEC_ID_POD_FIRST)
		return false;
	name = reserved_of_number(e->identity);
	if (!name)
		return false;
	if (replay_is_world(e->identity))
		*ret_why = replay_outside(x, r, e, &(struct cidr){0}, ret);
	else
		set_entity(ret, name);
	return true;
}

static const char *
by_pod(struct replay_ends *x, const struct record_end *e, struct query_end *ret)
{
	const struct endpoint *pod =
	    world_find_endpoint(x->world, e->ns, e->pod);
	const char *why;

	if (pod) {
		ret->who = QUERY_POD;
		ret->ns = e->ns;
		ret->name = e->pod;
		return NULL;
	}
	why = "the snapshot does not have this pod";
	VEC_FOREACH (w, &e->workloads)
		return take(replay_workload(x, e->ns, w), why, ret);
	return why;
}

const char *
replay_end(struct replay_ends *x, const struct record *r,
    const struct record_end *e, bool to, struct query_end *ret)
{
	const char *why;

	*ret = (struct query_end){.text = STR("the recorded end")};
	if (e->text.n > 0)
		return query_parse_end(x->line, e->text, x->default_ns, ret);
	if (e->labels && e->labels->text.n > 2)
		return by_labels(x, r, e, to, ret);
	if (by_number(x, r, e, ret, &why))
		return why;
	if (e->pod.n > 0)
		return by_pod(x, e, ret);
	VEC_FOREACH (w, &e->workloads)
		return take(replay_workload(x, e->ns, w),
		    "the snapshot has no pods of this workload", ret);
	return replay_address(x, e, ret);
}

void
replay_end_is_itself(struct replay_ends *x, struct query_end *e)
{
	struct shared_map *alone = &x->found->alone;
	const struct str key = {(const char *)&e->identities,
	    sizeof(e->identities)};
	struct query_identities *one;

	if (e->who != QUERY_IDENTITIES)
		return;
	one = shared_map_get(alone, key);
	if (!one) {
		one = ARENA_NEW(x->arena, struct query_identities);
		*vec_push(&one->v, x->arena) = e->identities->v.v[0];
		one->v.v[0].count = !!one->v.v[0].endpoint;
		one = shared_map_put(alone, key, one);
	}
	e->identities = one;
}

/* Whether a container of O has the port. */
static bool
has_port(const struct object *o, uint8_t proto, uint16_t port)
{
	const struct ast_pod *pod = o->body;

	if (o->kind != AST_POD || !pod->spec)
		return false;
	for (uint32_t i = 0; i < pod->spec->containers.n; i++) {
		const struct ast_container *c = &pod->spec->containers.v[i];

		for (uint32_t k = 0; k < c->ports.n; k++) {
			struct str name = c->ports.v[k].protocol.v;
			uint8_t of = IPPROTO_TCP;

			if (c->ports.v[k].container_port.v == port &&
			    (name.n == 0 || proto_parse(name, &of)) &&
			    of == proto)
				return true;
		}
	}
	return false;
}

bool
replay_serves(const struct replay_ends *x, const struct query_end *e,
    uint8_t proto, uint16_t port)
{
	const struct endpoint *pod = NULL;

	if (port > 0 && port < 1024)
		return true;
	if (e->who == QUERY_POD)
		pod = world_find_endpoint(x->world, e->ns, e->name);
	if (pod)
		return has_port(pod->object, proto, port);
	if (e->who != QUERY_IDENTITIES)
		return false;
	VEC_FOREACH (i, &e->identities->v) {
		if (i->endpoint && has_port(i->endpoint->object, proto, port))
			return true;
	}
	return false;
}
