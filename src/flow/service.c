/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services and their backends as the snapshot has them (semantics.md 13.1).
 */
#include "flow/service.h"

#include <string.h>

#include "cilium/labels.h"
#include "cilium/proto.h"
#include "flow/address.h"
#include "ir/refs.h"
#include "ir/selector.h"

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
	const struct ir_req *req; /* its selector, for identities */
	size_t nreq;
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

/* The number that the wanted port has at a backend; 0: it has none. */
static uint16_t
listed_port(const struct search *s, const struct ref_backend *b)
{
	const struct ast_service_port *asked = s->q->port;
	uint8_t proto;

	if (!asked)
		return s->q->asked;
	if (!proto_parse(asked->protocol.present ? asked->protocol.v
						 : STR("TCP"),
		&proto))
		return 0;
	for (uint32_t i = 0; i < b->nports; i++) {
		if (str_eq(b->ports[i].name.v, asked->name.v) &&
		    has_protocol(&b->ports[i].protocol, s->q->proto))
			return (uint16_t)b->ports[i].port.v;
	}
	return 0;
}

static void
add_address(struct search *s, const struct ip *ip, uint16_t port)
{
	if (port != 0)
		add_backend(s, address_endpoint(s->q->world, ip), ip, port);
}

/* The Service's selector, as identities are asked. */
static void
set_selector(struct search *s)
{
	const struct ast_service *body = s->q->service->body;
	const struct ast_str_map *labels = &body->spec->selector;
	struct lang_selector selector = {0};

	for (uint32_t i = 0; i < labels->n; i++) {
		struct lang_req *q = vec_push(&selector.reqs, s->arena);

		*q = (struct lang_req){.source = STR(SOURCE_K8S),
		    .key = labels->v[i].key,
		    .op = LANG_IN};
		*vec_push(&q->values, s->arena) = labels->v[i].value;
	}
	s->nreq = labels->n;
	s->req = selector_of_question(s->q->world->ir, s->arena, &selector);
}

/* Whether the Service selects pods with these labels. */
static bool
is_selected_by(const struct search *s, struct str ns,
    const struct ast_str_map *labels)
{
	const struct ast_service *body = s->q->service->body;
	const struct ast_str_map *selector = &body->spec->selector;

	return selector->n > 0 && str_eq(ns, s->q->service->ns) &&
	    ast_str_map_includes(labels, selector);
}

/* The same of an endpoint: by the pod, or the identity of what is none yet. */
static bool
is_selected(const struct search *s, const struct endpoint *e)
{
	const struct identity *id = world_identity(s->q->world, e->ident);

	if (e->object->kind == AST_POD)
		return is_selected_by(s, e->ns,
		    &((const struct ast_pod *)e->object->body)
			 ->metadata->labels);
	return s->nreq > 0 && str_eq(e->ns, s->q->service->ns) &&
	    selector_met(s->q->world->ir, s->req, s->nreq, id->labels,
		id->nlabels);
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

	for (uint32_t i = 0; i < e->ports.n; i++) {
		if (e->ports.v[i].proto == s->q->proto &&
		    str_eq(atom_str(s->q->world->ir->atoms, e->ports.v[i].name),
			name))
			return e->ports.v[i].port;
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
	uint16_t port;
	struct ip ip;

	if (!pod->spec || !pod->spec->host_network.v || !pod->status ||
	    str_is(pod->status->phase.v, "Succeeded") ||
	    str_is(pod->status->phase.v, "Failed") ||
	    !is_selected_by(s, o->ns, &pod->metadata->labels))
		return;
	port = target_port(s, container_port(s, pod->spec));
	if (ip_parse(pod->status->pod_ip.v, &ip))
		add_address(s, &ip, port);
	for (uint32_t i = 0; i < pod->status->pod_ips.n; i++) {
		if (ip_parse(pod->status->pod_ips.v[i].ip.v, &ip))
			add_address(s, &ip, port);
	}
}

bool
service_find_backends(service_backends *out, struct arena *a,
    const struct service_question *q)
{
	const struct ref_service *known = refs_service(q->world->ir->refs, a,
	    q->service->ns, q->service->name);
	struct search s = {.out = out, .arena = a, .q = q};

	if (known && known->listed) {
		VEC_FOREACH (b, &known->backends)
			add_address(&s, &b->ip, listed_port(&s, b));
		return true;
	}
	set_selector(&s);
	VEC_FOREACH (e, &q->world->endpoints) {
		uint16_t number = target_port(&s, named_port(&s, e));

		if (number != 0 && is_selected(&s, e))
			add_backend(&s, e, NULL, number);
	}
	OBJECT_FOREACH (o, q->objects, AST_POD)
		add_host_pod(&s, o);
	return out->n > 0;
}
