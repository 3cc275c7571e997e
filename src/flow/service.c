/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services and their backends as the snapshot has them (semantics.md 13.1).
 */
#include "flow/service.h"

#include <string.h>

#include "cilium/proto.h"
#include "flow/address.h"
#include "ir/refs.h"

static bool
lists_address(const struct ast_str_list *list, const struct ip *ip)
{
	for (uint32_t i = 0; i < list->n; i++) {
		if (address_is(&list->v[i], ip))
			return true;
	}
	return false;
}

static bool
is_cluster_ip(const struct ast_service_spec *s, const struct ip *ip)
{
	return address_is(&s->cluster_ip, ip) ||
	    lists_address(&s->cluster_ips, ip);
}

static bool
has_protocol(const struct ast_str *text, uint8_t proto)
{
	uint8_t number;

	return proto_parse(text->present ? text->v : STR("TCP"), &number) &&
	    number == proto;
}

const struct ast_service_port *
service_port(const struct object *service, const struct ip *ip, uint8_t proto,
    uint16_t port)
{
	const struct ast_service_spec *s =
	    ((const struct ast_service *)service->body)->spec;
	bool on_node =
	    ip && !is_cluster_ip(s, ip) && !lists_address(&s->external_ips, ip);

	for (uint32_t i = 0; i < s->ports.n; i++) {
		const struct ast_service_port *p = &s->ports.v[i];

		if ((on_node ? p->node_port.v : p->port.v) == port &&
		    has_protocol(&p->protocol, proto))
			return p;
	}
	return NULL;
}

const struct object *
service_at(const struct world *w, const struct object_list *objects,
    const struct ip *ip, uint8_t proto, uint16_t port)
{
	bool on_node = address_node(w, ip);

	OBJECT_FOREACH (o, objects, AST_SERVICE) {
		const struct ast_service *s = o->body;

		if (!s->spec)
			continue;
		if (is_cluster_ip(s->spec, ip))
			return o;
		if ((on_node || lists_address(&s->spec->external_ips, ip)) &&
		    service_port(o, ip, proto, port))
			return o;
	}
	return NULL;
}

bool
service_is_headless(const struct object *service)
{
	const struct ast_service *s = service->body;

	return s->spec && str_is(s->spec->cluster_ip.v, "None");
}

/* Backends being looked for. */
struct search {
	service_backends *out;
	struct arena *arena;
	const struct service_question *q;
	bool listed; /* the snapshot has lists of its backends */
};

static void
add_backend(struct search *s, const struct endpoint *e, const struct ip *ip,
    uint16_t port)
{
	VEC_FOREACH (b, s->out) {
		if (b->port == port &&
		    (e ? b->endpoint == e
		       : memcmp(&b->ip, ip, sizeof(*ip)) == 0))
			return;
	}
	*vec_push(s->out, s->arena) = (struct service_backend){
	    .endpoint = e,
	    .ip = ip ? *ip : (struct ip){0},
	    .port = port,
	};
}

/* The number of the wanted port in a list of backends; 0: it has none. */
static uint16_t
listed_port(const struct search *s, const struct ast_endpoint_port *v,
    uint32_t n)
{
	uint8_t proto = 0;

	if (!s->q->port)
		return s->q->asked;
	if (!proto_parse(s->q->port->protocol.present ? s->q->port->protocol.v
						      : STR("TCP"),
		&proto))
		return 0;
	for (uint32_t i = 0; i < n; i++) {
		if (str_eq(v[i].name.v, s->q->port->name.v) &&
		    has_protocol(&v[i].protocol, s->q->proto))
			return (uint16_t)v[i].port.v;
	}
	return 0;
}

static void
add_address(struct search *s, const struct ast_str *text, uint16_t port)
{
	struct ip ip;

	if (port != 0 && ip_parse(text->v, &ip))
		add_backend(s, address_endpoint(s->q->world, &ip), &ip, port);
}

static void
add_slice(struct search *s, const struct ast_endpoint_slice *e)
{
	uint16_t port = listed_port(s, e->ports.v, e->ports.n);

	s->listed = true;
	for (uint32_t i = 0; i < e->endpoints.n; i++) {
		const struct ast_slice_endpoint *p = &e->endpoints.v[i];

		for (uint32_t k = 0;
		     k < p->addresses.n && refs_takes_traffic(p->conditions);
		     k++)
			add_address(s, &p->addresses.v[k], port);
	}
}

static void
add_endpoints(struct search *s, const struct ast_endpoints *e)
{
	s->listed = true;
	for (uint32_t i = 0; i < e->subsets.n; i++) {
		const struct ast_endpoint_subset *sub = &e->subsets.v[i];
		uint16_t port = listed_port(s, sub->ports.v, sub->ports.n);

		for (uint32_t k = 0; k < sub->addresses.n; k++)
			add_address(s, &sub->addresses.v[k].ip, port);
	}
}

static bool
has_pair(const struct ast_str_map *labels, const struct ast_str_pair *want)
{
	for (uint32_t i = 0; i < labels->n; i++) {
		if (str_eq(labels->v[i].key, want->key) &&
		    str_eq(labels->v[i].value, want->value))
			return true;
	}
	return false;
}

/* Whether a pod, or the identity of what is no pod yet, has a label. */
static bool
has_label(const struct world *w, const struct endpoint *e,
    const struct ast_str_pair *want)
{
	const struct identity *id = world_identity(w, e->ident);
	const struct atom_table *atoms = w->ir->atoms;

	if (e->object->kind == AST_POD)
		return has_pair(&((const struct ast_pod *)e->object->body)
				     ->metadata->labels,
		    want);
	for (uint32_t i = 0; i < id->nlabels; i++) {
		const struct label *l = &id->labels[i];

		if (atom_eq(l->source, w->ir->word.k8s) &&
		    str_eq(atom_str(atoms, l->key), want->key) &&
		    str_eq(atom_str(atoms, l->value), want->value))
			return true;
	}
	return false;
}

/* Whether a pod with these labels is selected. */
static bool
is_selected_by(const struct search *s, struct str ns,
    const struct ast_str_map *labels)
{
	const struct ast_service *body = s->q->service->body;
	const struct ast_str_map *m = &body->spec->selector;

	if (m->n == 0 || !str_eq(ns, s->q->service->ns))
		return false;
	for (uint32_t i = 0; i < m->n; i++) {
		if (!has_pair(labels, &m->v[i]))
			return false;
	}
	return true;
}

static bool
is_selected(const struct search *s, const struct endpoint *e)
{
	const struct ast_service *body = s->q->service->body;
	const struct ast_str_map *m = &body->spec->selector;

	if (m->n == 0 || !str_eq(e->ns, s->q->service->ns))
		return false;
	for (uint32_t i = 0; i < m->n; i++) {
		if (!has_label(s->q->world, e, &m->v[i]))
			return false;
	}
	return true;
}

/* The number that the Service's port names at a backend, as it is written or
 * by NAMED, what the backend calls so; 0: it has none. */
static uint16_t
target_port(const struct search *s, uint16_t named)
{
	const struct ast_int_or_str *t;

	if (!s->q->port)
		return s->q->asked;
	t = &s->q->port->target_port;
	if (!t->present || (t->is_int && t->i == 0))
		return (uint16_t)s->q->port->port.v;
	return t->is_int ? (uint16_t)t->i : named;
}

/* The number of a pod's port with the target's name and protocol; 0: none. */
static uint16_t
named_port(const struct search *s, const struct endpoint *e)
{
	struct str name = s->q->port ? s->q->port->target_port.s : STR("");

	for (uint32_t i = 0; i < e->nports; i++) {
		if (e->ports[i].proto == s->q->proto &&
		    str_eq(atom_str(s->q->world->ir->atoms, e->ports[i].name),
			name))
			return e->ports[i].port;
	}
	return 0;
}

/* The same of a pod that is no endpoint. */
static uint16_t
container_port(const struct search *s, const struct ast_pod_spec *spec)
{
	struct str name = s->q->port ? s->q->port->target_port.s : STR("");

	for (uint32_t i = 0; i < spec->containers.n; i++) {
		const struct ast_container *c = &spec->containers.v[i];

		for (uint32_t k = 0; k < c->ports.n; k++) {
			const struct ast_container_port *p = &c->ports.v[k];

			if (has_protocol(&p->protocol, s->q->proto) &&
			    str_eq(p->name.v, name))
				return (uint16_t)p->container_port.v;
		}
	}
	return 0;
}

/* A pod in the host's network: it has the addresses of its node. */
static void
add_host_pod(struct search *s, const struct object *o)
{
	const struct ast_pod *pod = o->body;

	if (!pod->spec || !pod->spec->host_network.v || !pod->status ||
	    str_is(pod->status->phase.v, "Succeeded") ||
	    str_is(pod->status->phase.v, "Failed") ||
	    !is_selected_by(s, o->ns, &pod->metadata->labels))
		return;
	add_address(s, &pod->status->pod_ip,
	    target_port(s, container_port(s, pod->spec)));
	for (uint32_t i = 0; i < pod->status->pod_ips.n; i++)
		add_address(s, &pod->status->pod_ips.v[i].ip,
		    target_port(s, container_port(s, pod->spec)));
}

/* The Service that an EndpointSlice belongs to; "" for none. */
static struct str
slice_service(const struct ast_endpoint_slice *e)
{
	const struct ast_str_map *labels = &e->metadata->labels;

	for (uint32_t i = 0; i < labels->n; i++) {
		if (str_is(labels->v[i].key, "kubernetes.io/service-name"))
			return labels->v[i].value;
	}
	return STR("");
}

void
service_find_backends(service_backends *out, struct arena *a,
    const struct service_question *q)
{
	const struct object *service = q->service;
	struct search s = {.out = out, .arena = a, .q = q};

	OBJECT_FOREACH (o, q->objects, AST_ENDPOINTS) {
		if (str_eq(o->ns, service->ns) &&
		    str_eq(o->name, service->name))
			add_endpoints(&s, o->body);
	}
	OBJECT_FOREACH (o, q->objects, AST_ENDPOINT_SLICE) {
		if (str_eq(o->ns, service->ns) &&
		    str_eq(slice_service(o->body), service->name))
			add_slice(&s, o->body);
	}
	if (s.listed)
		return;
	VEC_FOREACH (e, &q->world->endpoints) {
		uint16_t number = target_port(&s, named_port(&s, e));

		if (number != 0 && is_selected(&s, e))
			add_backend(&s, e, NULL, number);
	}
	OBJECT_FOREACH (o, q->objects, AST_POD)
		add_host_pod(&s, o);
}
