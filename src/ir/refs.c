/* SPDX-License-Identifier: Apache-2.0 */
#include "ir/refs.h"

#include "base/buf.h"
#include "base/map.h"
#include "diag_gen.h"
#include "ir/selector.h"

struct refs {
	struct arena *arena;
	struct diag_sink *sink;
	struct map groups;       /* name -> its object */
	struct map service;      /* "namespace/name" -> struct ref_service */
	struct ref_services all; /* those with a Service, in input order */
	struct map by_name;      /* name -> struct ref_services */
	struct map by_label;     /* "key=value" -> struct ref_services */
};

static struct str
join(struct arena *a, struct str left, char by, struct str right)
{
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, left);
	buf_putc(&b, by);
	buf_str(&b, right);
	return buf_as_str(&b);
}

static struct ref_service *
service_of(struct refs *r, struct str ns, struct str name)
{
	struct str key = join(r->arena, ns, '/', name);
	void **slot = map_put(&r->service, key.s, key.n);
	struct ref_service *s = *slot;

	if (!s) {
		*slot = s = ARENA_NEW(r->arena, struct ref_service);
		*s = (struct ref_service){.ns = ns, .name = name};
	}
	return s;
}

static void
list_under(struct refs *r, struct map *m, struct str key, struct ref_service *s)
{
	void **slot = map_put(m, key.s, key.n);
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

	/* The agent passes over names for what is elsewhere. */
	if (s->service ||
	    (body->spec && str_is(body->spec->type.v, "ExternalName")))
		return;
	s->service = body;
	*vec_push(&r->all.v, r->arena) = s;
	list_under(r, &r->by_name, s->name, s);
	for (uint32_t i = 0; i < labels->n; i++)
		list_under(r, &r->by_label,
		    join(r->arena, labels->v[i].key, '=', labels->v[i].value),
		    s);
}

static void
add_backend(struct refs *r, struct ref_service *s, const struct ast_str *text)
{
	struct ip ip;

	if (ip_parse(text->v, &ip))
		*vec_push(&s->backends, r->arena) = cidr_of_ip(&ip);
	else
		diag_bad_address(r->sink, text->at, text->v);
}

static void
add_endpoints(struct refs *r, const struct object *o)
{
	const struct ast_endpoints *e = o->body;
	struct ref_service *s = service_of(r, o->ns, o->name);

	for (uint32_t i = 0; i < e->subsets.n; i++) {
		const struct ast_endpoint_subset *sub = &e->subsets.v[i];

		for (uint32_t k = 0; k < sub->addresses.n; k++)
			add_backend(r, s, &sub->addresses.v[k].ip);
	}
}

bool
refs_takes_traffic(const struct ast_slice_conditions *c)
{
	return !c || !c->ready.present || c->ready.v ||
	    (c->serving.present && c->serving.v);
}

static void
add_slice(struct refs *r, const struct object *o)
{
	const struct ast_endpoint_slice *e = o->body;
	const struct ast_str_map *labels = &e->metadata->labels;
	struct ref_service *s = NULL;

	for (uint32_t i = 0; i < labels->n; i++) {
		if (str_is(labels->v[i].key, "kubernetes.io/service-name"))
			s = service_of(r, o->ns, labels->v[i].value);
	}
	if (!s || str_is(e->address_type.v, "FQDN"))
		return;
	for (uint32_t i = 0; i < e->endpoints.n; i++) {
		const struct ast_slice_endpoint *p = &e->endpoints.v[i];

		for (uint32_t k = 0;
		     k < p->addresses.n && refs_takes_traffic(p->conditions);
		     k++)
			add_backend(r, s, &p->addresses.v[k]);
	}
}

const struct refs *
refs_new(struct arena *a, struct diag_sink *sink,
    const struct object_list *objects)
{
	struct refs *r = ARENA_NEW(a, struct refs);

	*r = (struct refs){.arena = a, .sink = sink};
	map_init(&r->groups, a);
	map_init(&r->service, a);
	map_init(&r->by_name, a);
	map_init(&r->by_label, a);
	OBJECT_FOREACH (o, objects, AST_CILIUM_CIDR_GROUP)
		*map_put(&r->groups, o->name.s, o->name.n) = o;
	OBJECT_FOREACH (o, objects, AST_SERVICE)
		add_service(r, o);
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

const struct ref_service *
refs_service(const struct refs *r, struct str ns, struct str name)
{
	struct str key = join(r->arena, ns, '/', name);

	return map_get(&r->service, key.s, key.n);
}

static const struct str *
label_value(const struct ast_service *s, struct str key)
{
	const struct ast_str_map *labels = &s->metadata->labels;

	for (uint32_t i = 0; i < labels->n; i++) {
		if (str_eq(labels->v[i].key, key))
			return &labels->v[i].value;
	}
	return NULL;
}

/* A Service's labels have no source, so one that is written is ignored. */
static struct str
plain_key(struct str written)
{
	struct str source, name;

	selector_split(written, &source, &name);
	return name;
}

static bool
meets(const struct ast_service *s, const struct ast_expression *e)
{
	const struct str *value = label_value(s, plain_key(e->key.v));
	bool in = false;

	for (uint32_t i = 0; value && i < e->values.n; i++)
		in |= str_eq(*value, e->values.v[i].v);
	if (str_is(e->op.v, "In"))
		return in;
	if (str_is(e->op.v, "NotIn"))
		return !in;
	return str_is(e->op.v, "Exists") == !!value;
}

static bool
selects(const struct ast_selector *sel, const struct ast_service *s)
{
	for (uint32_t i = 0; i < sel->match_labels.n; i++) {
		const struct ast_str_pair *l = &sel->match_labels.v[i];
		const struct str *value = label_value(s, plain_key(l->key));

		if (!value || !str_eq(*value, l->value))
			return false;
	}
	for (uint32_t i = 0; i < sel->match_expressions.n; i++) {
		if (!meets(s, &sel->match_expressions.v[i]))
			return false;
	}
	return true;
}

/* Those that can meet a selector: by one of its labels, where it has some. */
static const struct ref_services *
candidates(const struct refs *r, const struct ast_selector *sel)
{
	const struct ast_str_pair *l = sel->match_labels.v;
	struct str key;

	if (sel->match_labels.n == 0)
		return &r->all;
	key = join(r->arena, plain_key(l->key), '=', l->value);
	return map_get(&r->by_label, key.s, key.n);
}

void
refs_match(const struct refs *r, struct arena *a,
    const struct ast_service_peer *item, struct ref_services *out)
{
	const struct ast_service_selector *by_label =
	    item->k8s_service_selector;
	const struct ast_service_ref *by_name = item->k8s_service;
	const struct ref_services *found = NULL;
	struct str ns = STR("");

	if (by_label) {
		ns = by_label->namespace.v;
		found = candidates(r, by_label->selector);
	} else if (by_name) {
		ns = by_name->namespace.v;
		found = map_get(&r->by_name, by_name->service_name.v.s,
		    by_name->service_name.v.n);
	}
	for (size_t i = 0; found && i < found->v.n; i++) {
		struct ref_service *s = found->v.v[i];

		if ((ns.n == 0 || str_eq(ns, s->ns)) &&
		    (!by_label || selects(by_label->selector, s->service)))
			*vec_push(&out->v, a) = s;
	}
}
