/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Service's port on a node: where it is translated, and as whom the client
 * arrives (semantics.md 13.1, 13.2).
 */
#include "cilium/reserved.h"
#include "cilium/version.h"
#include "flow/address.h"
#include "flow/resolver.h"

/* Whether only backends on the node that is asked take the connection. */
static bool
is_local(const struct object *service)
{
	const struct ast_service *s = service->body;

	return s->spec && str_is(s->spec->external_traffic_policy.v, "Local");
}

static bool
is_on_node(const struct trace_end *e, const struct node *node)
{
	const struct ast_pod *pod;

	if (!e->endpoint || e->endpoint->object->kind != AST_POD)
		return false;
	pod = e->endpoint->object->body;
	return pod->spec && str_eq(pod->spec->node_name.v, node->name);
}

static void
keep_local(struct trace_party *to)
{
	size_t n = 0;

	VEC_FOREACH (e, &to->ends) {
		if (is_on_node(e, to->node_port))
			to->ends.v[n++] = *e;
	}
	to->ends.n = n;
}

/* A node replaces the client's address where the backend is on another one. */
static void
hide_client(struct resolver *r, struct trace_party *from)
{
	resolver_add_reserved(r, from, STR(RESERVED_REMOTE_NODE));
	resolver_add_reserved(r, from, STR(RESERVED_HOST));
	from->either = true;
}

static bool
is_pod(const struct trace_party *p)
{
	return p->ends.n > 0 && p->ends.v[0].endpoint &&
	    !p->ends.v[0].endpoint->host;
}

bool
trace_at_client(const struct ir_options *opt)
{
	return !opt->socket_lb_hosts_only ||
	    version_has(opt->cilium, VERSION_NODE_PORT_AT_CLIENT);
}

void
resolve_client(struct resolver *r)
{
	struct trace *t = r->t;
	const struct node *node = t->to.node_port;

	if (!node)
		return;
	if (is_pod(&t->from)) {
		if (trace_at_client(&r->world->ir->opt) ||
		    !resolve_node(r, &t->via, node))
			return;
		t->via.ends.v[0].port = t->query->port;
		if (resolve_is_own_node(&t->from, node->name)) {
			t->via.ends.n = 0;
			resolver_add_reserved(r, &t->via, STR(RESERVED_HOST));
		}
		return;
	}
	if (is_local(t->to.service))
		keep_local(&t->to);
	else if (t->from.node.n == 0)
		hide_client(r, &t->from);
}
