/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pod or node by its name, and what may be meant by one that is not there.
 */
#include "flow/address.h"
#include "flow/names.h"
#include "flow/resolver.h"

#include "diag_gen.h"

void
hint_namespaces(struct resolver *r, struct diag *d, const struct query_end *q)
{
	struct names n;

	names_init(&n, r->arena);
	VEC_FOREACH (e, &r->world->endpoints)
		names_add(&n, e->ns);
	diag_note(r->sink, d, resolver_no_place,
	    "namespace " STR_FMT " has no pods%s%s", STR_ARG(q->ns),
	    n.v.n > 0 ? "; there are some in " : "",
	    n.v.n > 0 ? names_print(&n) : "");
}

/* The pods there whose names begin as asked, else all pods there. */
static void
hint_pods(struct resolver *r, struct diag *d, const struct query_end *q)
{
	struct names replicas, all;

	names_init(&replicas, r->arena);
	names_init(&all, r->arena);
	VEC_FOREACH (e, &r->world->endpoints) {
		if (!str_eq(e->ns, q->ns))
			continue;
		names_add(&all, e->name);
		if (str_starts(e->name, q->name))
			names_add(&replicas, e->name);
	}
	if (all.v.n == 0)
		hint_namespaces(r, d, q);
	else
		diag_note(r->sink, d, resolver_no_place,
		    "namespace " STR_FMT " has %s", STR_ARG(q->ns),
		    names_print(replicas.v.n > 0 ? &replicas : &all));
}

static void
hint_near_pod(struct resolver *r, struct diag *d, const struct query_end *q)
{
	const struct endpoint *near =
	    world_near_endpoint(r->world, q->ns, q->name);
	const char *entity;

	if (near)
		diag_note(r->sink, d, near->object->name_at,
		    "there is " STR_FMT "/" STR_FMT, STR_ARG(near->ns),
		    STR_ARG(near->name));
	entity = query_near_entity(q->text);
	if (entity)
		diag_note(r->sink, d, resolver_no_place,
		    "there is a reserved identity %s", entity);
}

static void
report_no_pod(struct resolver *r, const struct query_end *q)
{
	struct str name = object_full_name(r->arena, q->ns, q->name);
	const struct object *o =
	    object_find(r->objects, AST_POD, q->ns, q->name);
	const struct ast_pod *pod = o ? o->body : NULL;
	struct diag *d;

	if (pod && pod->spec && pod->spec->host_network.v) {
		d = diag_host_network_pod(r->sink, o->name_at, name);
		diag_note(r->sink, d, resolver_no_place,
		    "ask for host (a pod's own node), remote-node (another "
		    "one) or the node's address");
		return;
	}
	d = diag_no_endpoint(r->sink, resolver_no_place, name);
	if (pod) {
		diag_note(r->sink, d, o->name_at,
		    "this pod has run to its end");
		return;
	}
	hint_near_pod(r, d, q);
	if (d->notes.n == 0)
		hint_pods(r, d, q);
}

bool
resolve_node(struct resolver *r, struct trace_party *p, const struct node *node)
{
	ident_idx_t ident;

	if (!node || node->ips.n == 0)
		return false;
	ident = world_of_ip(r->world, &node->ips.v[0], &p->prefix);
	resolver_add(r, p, ident, address_host(r->world, node));
	p->ends.v[0].ip = node->ips.v[0];
	p->node = node->name;
	return true;
}

/* The name of the node that the one pod of a party runs on, or "". */
static struct str
node_of(const struct trace_party *p)
{
	const struct endpoint *e =
	    p->ends.n == 1 ? p->ends.v[0].endpoint : NULL;
	const struct ast_pod *pod;

	if (!e || e->object->kind != AST_POD || p->asked->who == QUERY_LABELS)
		return STR("");
	pod = e->object->body;
	return pod->spec ? pod->spec->node_name.v : STR("");
}

bool
resolve_is_own_node(const struct trace_party *p, struct str node)
{
	return node.n > 0 && str_eq(node, node_of(p));
}

/* The node NAME of "node/NAME", or the one that a pod's network is; or NULL. */
static const struct node *
named_node(struct resolver *r, const struct query_end *q)
{
	const struct object *o =
	    object_find(r->objects, AST_POD, q->ns, q->name);
	const struct ast_pod *pod = o ? o->body : NULL;

	if (pod && pod->spec && pod->spec->host_network.v)
		return world_find_node(r->world, pod->spec->node_name.v);
	return str_is(q->ns, "node") ? world_find_node(r->world, q->name)
				     : NULL;
}

/* Whether a Service has the port on NODE; then it takes the connection. */
static bool
resolve_node_port(struct resolver *r, struct trace_party *p,
    const struct node *node)
{
	const struct query *q = r->t->query;

	VEC_FOREACH (ip, &node->ips) {
		const struct object *o = p == &r->t->to
		    ? service_at(r->world, r->objects, ip, q->proto, q->port)
		    : NULL;

		if (o)
			return resolve_service(r, p, o, ip);
	}
	return false;
}

bool
resolve_pod(struct resolver *r, struct trace_party *p)
{
	const struct query_end *q = p->asked;
	const struct endpoint *e =
	    world_find_endpoint(r->world, q->ns, q->name);

	const struct node *node = e ? NULL : named_node(r, q);

	if (node && resolve_node_port(r, p, node))
		return true;
	if (resolve_node(r, p, node))
		return true;
	if (e) {
		resolver_add(r, p, e->ident, e);
		return true;
	}
	if (resolve_workload(r, p))
		return true;
	report_no_pod(r, q);
	return false;
}
