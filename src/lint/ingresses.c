/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proxy of an Ingress connects to the pods with an identity of its own.
 * Nothing is said where a policy is not known in full.
 *
 * Source: semantics.md 5.1, 13.1.
 */
#include "lint/ingresses.h"

#include <netinet/in.h>

#include "cilium/reserved.h"
#include "diag_gen.h"
#include "flow/service.h"
#include "lint/who.h"

struct ingresses {
	struct diag_sink *sink;
	struct arena *scratch;
	const struct pmaps *m;
	const struct object_list *objects;
	ident_idx_t proxy;
	struct bitset *told; /* by rule */
};

static bool
is_of_cilium(const struct object *o)
{
	const struct ast_ingress *i = o->body;
	const struct ast_str_pair *class =
	    ast_str_map_find(&i->metadata->annotations,
		STR("kubernetes.io/ingress.class"));

	return (i->spec && str_is(i->spec->ingress_class_name.v, "cilium")) ||
	    (class && str_is(class->value, "cilium"));
}

/* The Service's port that a backend names; NULL: there is none. */
static const struct ast_service_port *
port_of(const struct ast_service *service, const struct ast_ingress_port *p)
{
	for (uint32_t i = 0; p && service->spec && i < service->spec->ports.n;
	     i++) {
		const struct ast_service_port *s = &service->spec->ports.v[i];

		if (p->name.present ? str_eq(s->name.v, p->name.v)
				    : s->port.v == p->number.v)
			return s;
	}
	return NULL;
}

static void
check_pod(struct ingresses *x, const struct object *ingress,
    const struct service_backend *b)
{
	const struct pmap_class *c = pmap_class_of_endpoint(x->m, b->endpoint);
	const struct pmap_direction *d = c->direction[DIR_INGRESS];
	const struct ir_rule *r;

	if (c->error || b->endpoint->assumed || b->port == 0 ||
	    who_is_let_through(d, x->proxy, IPPROTO_TCP, b->port))
		return;
	r = who_denies_by_default(d);
	if (!r || bitset_test(x->told, r->index))
		return;
	bitset_set(x->told, r->index);
	diag_ingress_left_out(x->sink, r->at,
	    arena_printf(x->scratch, STR_FMT "/" STR_FMT, STR_ARG(ingress->ns),
		STR_ARG(ingress->name)),
	    b->endpoint->ns, b->endpoint->name, b->port);
}

static void
check_backend(struct ingresses *x, const struct object *ingress,
    const struct ast_ingress_backend *backend)
{
	struct service_question q = {.world = x->m->world,
	    .objects = x->objects,
	    .proto = IPPROTO_TCP};
	service_backends found = {0};

	if (!backend || !backend->service)
		return;
	q.service = object_find(x->objects, AST_SERVICE, ingress->ns,
	    backend->service->name.v);
	if (!q.service)
		return;
	q.port = port_of(q.service->body, backend->service->port);
	if (!q.port)
		return;
	service_find_backends(&found, x->scratch, &q);
	VEC_FOREACH (b, &found) {
		if (b->endpoint)
			check_pod(x, ingress, b);
	}
}

static void
check_ingress(struct ingresses *x, const struct object *o)
{
	const struct ast_ingress *ingress = o->body;

	if (!ingress->spec || !is_of_cilium(o))
		return;
	check_backend(x, o, ingress->spec->default_backend);
	for (uint32_t i = 0; i < ingress->spec->rules.n; i++) {
		const struct ast_ingress_http *http =
		    ingress->spec->rules.v[i].http;

		for (uint32_t k = 0; http && k < http->paths.n; k++)
			check_backend(x, o, http->paths.v[k].backend);
	}
}

void
lint_check_ingresses(struct diag_sink *sink, struct arena *scratch,
    const struct pmaps *m, const struct object_list *objects)
{
	struct ingresses x = {sink, scratch, m, objects, {0},
	    bitset_new(scratch, (uint32_t)m->world->ir->rules.n)};

	if (!who_knows_policies(objects) ||
	    !world_find_reserved(m->world, STR(RESERVED_INGRESS), &x.proxy))
		return;
	OBJECT_FOREACH (o, objects, AST_INGRESS)
		check_ingress(&x, o);
}
