/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Service becomes its backends, as Cilium translates it before any policy.
 */
#include "flow/address.h"
#include "flow/names.h"
#include "flow/resolver.h"

#include "cilium/proto.h"
#include "cilium/reserved.h"
#include "diag_gen.h"

/* What ports a Service has: "80/tcp, 53/udp". */
static const char *
print_ports(struct arena *a, const struct ast_service_spec *s)
{
	struct buf b;

	buf_init(&b, a);
	buf_puts(&b, "");
	for (uint32_t i = 0; i < s->ports.n; i++) {
		const struct ast_service_port *p = &s->ports.v[i];
		uint8_t proto = IPPROTO_TCP;

		if (p->protocol.present && !proto_parse(p->protocol.v, &proto))
			continue;
		buf_printf(&b, "%s%s", b.n > 0 ? ", " : "",
		    query_print_port(a, proto, (uint16_t)p->port.v));
	}
	return b.p;
}

static void
report_no_service(struct resolver *r, const struct query_end *q)
{
	struct diag *d = diag_no_service(r->sink, resolver_no_place,
	    object_full_name(r->arena, q->ns, q->name));
	struct names n;

	names_init(&n, r->arena);
	OBJECT_FOREACH (o, r->objects, AST_SERVICE) {
		if (str_eq(o->ns, q->ns))
			names_add(&n, o->name);
	}
	if (n.v.n > 0)
		diag_note(r->sink, d, resolver_no_place,
		    "namespace " STR_FMT " has %s", STR_ARG(q->ns),
		    names_print(&n));
}

static void
report_no_port(struct resolver *r, const struct object *o)
{
	const struct ast_service *s = o->body;
	const struct query *q = r->t->query;
	struct diag *d = diag_no_service_port(r->sink, o->name_at,
	    object_full_name(r->arena, o->ns, o->name),
	    query_print_port(r->arena, q->proto, q->port));

	if (s->spec && s->spec->ports.n > 0)
		diag_note(r->sink, d, resolver_no_place, "it has %s",
		    print_ports(r->arena, s->spec));
}

/* The party's end that B belongs to, found by what tells ends apart. */
static void
add_backend(struct resolver *r, struct trace_party *p, struct map *end_of,
    const struct service_backend *b)
{
	struct cidr prefix;
	struct trace_end *end;
	const struct node *node;
	ident_idx_t ident;

	if (b->endpoint) {
		resolver_count(r, p, end_of, b->endpoint, b->port);
		return;
	}
	ident = world_of_ip(r->world, &b->ip, &prefix);
	node = address_node(r->world, &b->ip);
	/* A node is the host to its own pods. */
	if (node && resolve_is_own_node(&r->t->from, node->name)) {
		world_find_reserved(r->world, STR(RESERVED_HOST), &ident);
		node = NULL;
	}
	end = resolver_add(r, p, ident, address_host(r->world, node));
	end->ip = b->ip;
	end->port = b->port;
}

bool
resolve_service(struct resolver *r, struct trace_party *p,
    const struct object *o, const struct ip *ip)
{
	const struct query *q = r->t->query;
	const struct ast_service *s = o->body;
	const struct ast_service_port *port = NULL;
	service_backends found = {0};
	struct map end_of;

	if (!s->spec || str_is(s->spec->type.v, "ExternalName")) {
		diag_external_name(r->sink, o->name_at,
		    object_full_name(r->arena, o->ns, o->name));
		return false;
	}
	if (!service_is_headless(o)) {
		port = service_port(o, ip, q->proto, q->port);
		if (!port) {
			report_no_port(r, o);
			return false;
		}
	}
	p->unlisted = !service_find_backends(&found, r->arena,
	    &(struct service_question){
		.world = r->world,
		.objects = r->objects,
		.service = o,
		.port = port,
		.proto = q->proto,
		.asked = q->port,
	    });
	if (!port && found.n == 0) {
		diag_headless_without_pods(r->sink, o->name_at,
		    object_full_name(r->arena, o->ns, o->name));
		return false;
	}
	map_init(&end_of, r->arena);
	VEC_FOREACH (b, &found)
		add_backend(r, p, &end_of, b);
	resolver_sort(p);
	p->service = o;
	p->service_port = port;
	if (ip && port && port->node_port.v == q->port)
		p->node_port = address_node(r->world, ip);
	return true;
}

bool
resolve_named_service(struct resolver *r, struct trace_party *p)
{
	const struct query_end *q = p->asked;
	const struct object *o =
	    object_find(r->objects, AST_SERVICE, q->ns, q->name);

	if (!o)
		report_no_service(r, q);
	return o && resolve_service(r, p, o, NULL);
}
