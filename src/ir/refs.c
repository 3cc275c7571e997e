/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CIDR groups, Services and backends by name, and Services by label.
 */
#include "ir/refs.h"

#include "base/map.h"
#include "diag_gen.h"
#include "ir/selector.h"

struct refs {
	struct ir *ir;
	struct arena *arena;
	struct diag_sink *sink;
	struct map groups;       /* name -> its object */
	struct map service;      /* "namespace/name" -> struct ref_service */
	struct ref_services all; /* those with a Service, in input order */
	struct map by_name;      /* name -> struct ref_services */
	struct map by_label;     /* struct pair -> struct ref_services */
	struct map stored_in;    /* namespaces with Services of a cluster's */
	bool stored_groups, stored_services; /* there are some of those */
};

/* A label less its source: a Service's have none. */
struct pair {
	atom_t key, value;
};

static struct str
full_name(struct arena *a, struct str ns, struct str name)
{
	return str_of(
	    arena_printf(a, STR_FMT "/" STR_FMT, STR_ARG(ns), STR_ARG(name)));
}

static struct ref_service *
service_of(struct refs *r, struct str ns, struct str name)
{
	struct str key = full_name(r->arena, ns, name);
	void **slot = map_put(&r->service, key.s, key.n);
	struct ref_service *s = *slot;

	if (!s) {
		*slot = s = ARENA_NEW(r->arena, struct ref_service);
		*s = (struct ref_service){.ns = ns, .name = name};
	}
	return s;
}

static void
list_under(struct refs *r, struct map *m, const void *key, size_t n,
    struct ref_service *s)
{
	void **slot = map_put(m, key, n);
	struct ref_services *list = *slot;

	if (!list)
		*slot = list = ARENA_NEW(r->arena, struct ref_services);
	*vec_push(&list->v, r->arena) = s;
}

static void
add_service(struct refs *r, const struct object *o)
{
	const struct ast_service *body = o->body;
	const struct ast_str_map *labels = &body->metadata->labels;
	struct ref_service *s = service_of(r, o->ns, o->name);
	struct atom_table *atoms = r->ir->atoms;
	struct label *v;

	/* The agent skips names for what is outside. */
	if (s->service ||
	    (body->spec && str_is(body->spec->type.v, "ExternalName")))
		return;
	s->service = body;
	*vec_push(&r->all.v, r->arena) = s;
	list_under(r, &r->by_name, s->name.s, s->name.n, s);
	v = ARENA_ARRAY(r->arena, struct label, labels->n);
	for (uint32_t i = 0; i < labels->n; i++) {
		struct pair p = {atom_intern(atoms, labels->v[i].key),
		    atom_intern(atoms, labels->v[i].value)};

		v[i] = (struct label){r->ir->word.k8s, p.key, p.value};
		list_under(r, &r->by_label, &p, sizeof(p), s);
	}
	s->labels = v;
	s->nlabels = labels->n;
}

static void
add_backend(struct refs *r, struct ref_service *s, const struct ast_str *text,
    const struct ast_endpoint_port *ports, uint32_t nports)
{
	struct ip ip;

	if (ip_parse(text->v, &ip))
		*vec_push(&s->backends, r->arena) =
		    (struct ref_backend){ip, ports, nports};
	else
		diag_bad_address(r->sink, text->at, text->v);
}

static void
add_endpoints(struct refs *r, const struct object *o)
{
	const struct ast_endpoints *e = o->body;
	struct ref_service *s = service_of(r, o->ns, o->name);

	s->listed = true;
	for (uint32_t i = 0; i < e->subsets.n; i++) {
		const struct ast_endpoint_subset *sub = &e->subsets.v[i];

		for (uint32_t k = 0; k < sub->addresses.n; k++)
			add_backend(r, s, &sub->addresses.v[k].ip, sub->ports.v,
			    sub->ports.n);
	}
}

/* Whether a backend is ready, or still serving while it ends. */
static bool
takes_traffic(const struct ast_slice_conditions *c)
{
	return !c || !c->ready.present || c->ready.v ||
	    (c->serving.present && c->serving.v);
}

static void
add_slice(struct refs *r, const struct object *o)
{
	const struct ast_endpoint_slice *e = o->body;
	const struct ast_str_pair *of = ast_str_map_find(&e->metadata->labels,
	    STR("kubernetes.io/service-name"));
	struct ref_service *s;

	if (!of)
		return;
	s = service_of(r, o->ns, of->value);
	s->listed = true;
	if (str_is(e->address_type.v, "FQDN"))
		return;
	for (uint32_t i = 0; i < e->endpoints.n; i++) {
		const struct ast_slice_endpoint *p = &e->endpoints.v[i];

		for (uint32_t k = 0;
		     k < p->addresses.n && takes_traffic(p->conditions); k++)
			add_backend(r, s, &p->addresses.v[k], e->ports.v,
			    e->ports.n);
	}
}

const struct refs *
refs_new(struct ir *ir, struct diag_sink *sink,
    const struct object_list *objects)
{
	struct arena *a = ir->arena;
	struct refs *r = ARENA_NEW(a, struct refs);

	*r = (struct refs){.ir = ir, .arena = a, .sink = sink};
	map_init(&r->groups, a);
	map_init(&r->service, a);
	map_init(&r->by_name, a);
	map_init(&r->by_label, a);
	map_init(&r->stored_in, a);
	OBJECT_FOREACH (o, objects, AST_CILIUM_CIDR_GROUP) {
		*map_put(&r->groups, o->name.s, o->name.n) = o;
		r->stored_groups |= o->stored;
	}
	OBJECT_FOREACH (o, objects, AST_SERVICE) {
		add_service(r, o);
		if (o->stored)
			*map_put(&r->stored_in, o->ns.s, o->ns.n) = o;
		r->stored_services |= o->stored;
	}
	OBJECT_FOREACH (o, objects, AST_ENDPOINTS)
		add_endpoints(r, o);
	OBJECT_FOREACH (o, objects, AST_ENDPOINT_SLICE)
		add_slice(r, o);
	return r;
}

bool
refs_has_group(const struct refs *r, struct str name)
{
	return map_get(&r->groups, name.s, name.n);
}

bool
refs_groups_differ(const struct refs *r, struct str key)
{
	const struct ast_str_pair *first = NULL, *value;

	for (uint32_t i = 0; i < r->groups.n; i++) {
		const struct object *o = r->groups.entry[i].value;
		const struct ast_cidr_group *g = o->body;

		value = ast_str_map_find(&g->metadata->labels, key);
		if (first && value && !str_eq(first->value, value->value))
			return true;
		first = value ? value : first;
	}
	return false;
}

bool
refs_knows_groups(const struct refs *r)
{
	return r->ir->opt.whole || r->stored_groups;
}

bool
refs_knows_services(const struct refs *r, const struct ast_service_peer *item)
{
	struct str ns = item->k8s_service ? item->k8s_service->namespace.v
	    : item->k8s_service_selector
	    ? item->k8s_service_selector->namespace.v
	    : STR("");

	if (r->ir->opt.whole)
		return true;
	if (ns.n == 0)
		return r->stored_services;
	return map_get(&r->stored_in, ns.s, ns.n);
}

const struct ref_service *
refs_service(const struct refs *r, struct arena *scratch, struct str ns,
    struct str name)
{
	struct str key = full_name(scratch, ns, name);

	return map_get(&r->service, key.s, key.n);
}

/* Those that can meet S: by its first label where it asks for one. */
static const struct ref_services *
candidates(const struct refs *r, const struct selector *s)
{
	const struct ir_req *q = s->req.v;
	struct pair p;

	if (s->req.n == 0 || q->op != IR_EQUALS)
		return &r->all;
	p = (struct pair){q->key, q->values[0]};
	return map_get(&r->by_label, &p, sizeof(p));
}

void
refs_match(struct ir *ir, const struct ast_service_peer *item,
    struct ref_services *out)
{
	const struct ast_service_selector *by_label =
	    item->k8s_service_selector;
	const struct ast_service_ref *by_name = item->k8s_service;
	const struct ref_services *found = NULL;
	const struct refs *r = ir->refs;
	struct str ns = STR("");
	struct selector s;

	selector_begin(&s, ir);
	if (by_label) {
		ns = by_label->namespace.v;
		selector_add_plain(&s, by_label->selector);
		found = candidates(r, &s);
	} else if (by_name) {
		ns = by_name->namespace.v;
		found = map_get(&r->by_name, by_name->service_name.v.s,
		    by_name->service_name.v.n);
	}
	for (size_t i = 0; found && i < found->v.n; i++) {
		struct ref_service *service = found->v.v[i];

		if ((ns.n == 0 || str_eq(ns, service->ns)) &&
		    selector_met(ir, s.req.v, s.req.n, service->labels,
			service->nlabels))
			*vec_push(&out->v, ir->arena) = service;
	}
}
