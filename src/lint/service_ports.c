/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Service's port and a node's port for it are translated before a policy is
 * asked.  A rule with such a number is meant for the container's, unless some
 * pod that it is about has the number as well.
 *
 * Source: semantics.md 13.1.
 */
#include <stdlib.h>

#include "cilium/proto.h"
#include "diag_gen.h"
#include "flow/service.h"
#include "lint/ports.h"
#include "lint/who.h"

/* A port of a Service, and where it leads on one of its pods. */
struct mapping {
	uint16_t port;
	uint8_t proto;
	bool of_node;
	uint16_t target;
	const struct object *service;
	ident_idx_t ident; /* of the pod */
};

struct mappings {
	struct diag_sink *sink;
	struct arena *scratch;
	const struct world *world;
	VEC(struct mapping) v; /* by port */
};

static int
compare_mapping(const void *a, const void *b)
{
	const struct mapping *x = a, *y = b;

	return (x->port > y->port) - (x->port < y->port);
}

static void
add_mapping(struct mappings *m, const struct object *service,
    const struct ast_int *port, bool of_node, uint8_t proto,
    const struct service_backend *b)
{
	if (port->present && port->v > 0 && b->port > 0)
		*vec_push(&m->v, m->scratch) = (struct mapping){
		    .port = (uint16_t)port->v,
		    .proto = proto,
		    .of_node = of_node,
		    .target = b->port,
		    .service = service,
		    .ident = b->endpoint->ident,
		};
}

static void
add_service(struct mappings *m, const struct object_list *objects,
    const struct object *o)
{
	const struct ast_service *body = o->body;

	if (!body->spec || service_is_headless(o))
		return;
	for (uint32_t i = 0; i < body->spec->ports.n; i++) {
		const struct ast_service_port *p = &body->spec->ports.v[i];
		struct service_question q = {.world = m->world,
		    .objects = objects,
		    .service = o,
		    .port = p};
		service_backends found = {0};

		if (!proto_parse(p->protocol.present ? p->protocol.v
						     : STR("TCP"),
			&q.proto))
			continue;
		service_find_backends(&found, m->scratch, &q);
		VEC_FOREACH (b, &found) {
			if (!b->endpoint)
				continue;
			add_mapping(m, o, &p->port, false, q.proto, b);
			add_mapping(m, o, &p->node_port, true, q.proto, b);
		}
	}
}

static const struct ast_pod_spec *
spec_of(const struct object *o)
{
	const struct ast_workload *w;

	if (!o)
		return NULL;
	if (o->kind == AST_POD)
		return ((const struct ast_pod *)o->body)->spec;
	if (!ast_kind_is_workload(o->kind) || o->kind == AST_CRON_JOB)
		return NULL;
	w = o->body;
	return w->spec && w->spec->template ? w->spec->template->spec : NULL;
}

/* Whether a container of E says that it listens on PORT. */
static bool
declares(const struct endpoint *e, uint16_t port)
{
	const struct ast_pod_spec *spec = spec_of(e->object);

	for (uint32_t i = 0; spec && i < spec->containers.n; i++) {
		const struct ast_container *c = &spec->containers.v[i];

		for (uint32_t k = 0; k < c->ports.n; k++) {
			if (c->ports.v[k].container_port.v == port)
				return true;
		}
	}
	return false;
}

static bool
some_declares(const struct world *w, const struct bitset *who, uint16_t port)
{
	VEC_FOREACH (e, &w->endpoints) {
		if (bitset_test(who, e->ident.i) && declares(e, port))
			return true;
	}
	return false;
}

/* Whether a Service leads to PORT on one of WHO. */
static bool
is_target(const struct mappings *m, const struct bitset *who, uint8_t proto,
    uint16_t port)
{
	VEC_FOREACH (t, &m->v) {
		if (t->target == port && t->proto == proto &&
		    bitset_test(who, t->ident.i))
			return true;
	}
	return false;
}

/* The first mapping of PORT on one of WHO; NULL. */
static const struct mapping *
mapping_of(const struct mappings *m, const struct bitset *who, uint8_t proto,
    uint16_t port)
{
	size_t low = 0, high = m->v.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (m->v.v[mid].port < port)
			low = mid + 1;
		else
			high = mid;
	}
	for (size_t i = low; i < m->v.n && m->v.v[i].port == port; i++) {
		if (m->v.v[i].proto == proto &&
		    bitset_test(who, m->v.v[i].ident.i))
			return &m->v.v[i];
	}
	return NULL;
}

/* True when it was told. */
static bool
check_port(const struct mappings *m, const struct ir_rule *r,
    const struct ir_port *p, const struct bitset *who)
{
	const struct mapping *t;

	if (p->port == 0 || p->end > p->port || !proto_has_ports(p->proto))
		return false;
	t = mapping_of(m, who, p->proto, p->port);
	if (!t || is_target(m, who, p->proto, p->port) ||
	    some_declares(m->world, who, p->port) ||
	    who_names_port(r, p->proto, t->target))
		return false;
	diag_service_port(m->sink, p->at, p->port,
	    t->of_node ? "node port" : "port",
	    arena_printf(m->scratch, STR_FMT "/" STR_FMT,
		STR_ARG(t->service->ns), STR_ARG(t->service->name)),
	    t->target);
	return true;
}

/* Who listens on the ports of R, as far as they are pods. */
static const struct bitset *
listeners(const struct mappings *m, const struct ir_rule *r)
{
	const struct world *w = m->world;
	struct bitset *peers;

	if (r->dir == DIR_INGRESS)
		return world_subjects(w, m->scratch, r->subject);
	peers = bitset_new(m->scratch, (uint32_t)w->idents.n);
	for (uint32_t i = 0; i < r->npeers; i++) {
		if (r->peers[i].endpoints)
			bitset_or(peers,
			    world_selected(w, r->peers[i].selector));
	}
	return peers;
}

static bool
has_mapped_port(const struct mappings *m, const struct ir_rule *r)
{
	for (uint32_t i = 0; i < r->nports; i++) {
		struct mapping key = {.port = r->ports[i].port};

		if (bsearch(&key, m->v.v, m->v.n, sizeof(key), compare_mapping))
			return true;
	}
	return false;
}

void
lint_check_service_ports(struct diag_sink *sink, struct arena *scratch,
    const struct world *w, const struct object_list *objects)
{
	struct mappings m = {.sink = sink, .scratch = scratch, .world = w};

	OBJECT_FOREACH (o, objects, AST_SERVICE)
		add_service(&m, objects, o);
	if (m.v.n == 0)
		return;
	qsort(m.v.v, m.v.n, sizeof(*m.v.v), compare_mapping);
	VEC_FOREACH (at, &w->ir->rules) {
		const struct ir_rule *r = *at;
		const struct bitset *who;
		const struct ir_port *told = NULL;

		if (!r->policy || r->node || !has_mapped_port(&m, r))
			continue;
		who = listeners(&m, r);
		for (uint32_t i = 0; i < r->nports; i++) {
			if ((!told || told->at.start != r->ports[i].at.start) &&
			    check_port(&m, r, &r->ports[i], who))
				told = &r->ports[i];
		}
	}
}
