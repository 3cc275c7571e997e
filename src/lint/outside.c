/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses in the cluster have identities of their own, which CIDR rules do
 * not select, and Services are translated before any policy is asked.  The
 * witness is always an object of the input.
 *
 * Source: semantics.md 6.1, 7.1, 13.1.
 */
#include "lint/outside.h"

#include <stdlib.h>

#include <netinet/in.h>

#include "cilium/proto.h"
#include "diag_gen.h"
#include "flow/service.h"
#include "ir/refs.h"
#include "lint/who.h"

struct cidrs {
	struct diag_sink *sink;
	struct arena *scratch;
	const struct world *world;
	const struct object_list *objects;
};

/* The prefix that a peer is; NULL: it is something else. */
static const struct cidr *
prefix_of(const struct ir *ir, const struct ir_selector *s)
{
	for (uint32_t i = 0; i < s->nreq; i++) {
		if (s->req[i].op == IR_EXISTS && s->req[i].is_cidr &&
		    atom_eq(s->req[i].source, ir->word.cidr))
			return &s->req[i].cidr;
	}
	return NULL;
}

/* Whether S leaves IN out on purpose. */
static bool
is_excepted(const struct ir_selector *s, const struct cidr *in)
{
	for (uint32_t i = 0; i < s->nreq; i++) {
		if (s->req[i].op == IR_NOT_EXISTS && s->req[i].is_cidr &&
		    cidr_contains(&s->req[i].cidr, in))
			return true;
	}
	return false;
}

/* Prefixes so wide that they are meant for more than the cluster. */
static bool
is_wide(const struct cidr *c)
{
	static const struct cidr ranges[] = {{IP_V4, 12, {172, 16}},
	    {IP_V4, 16, {192, 168}}, {IP_V4, 10, {100, 64}}};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
		if (cidr_compare(&ranges[i], c) == 0)
			return true;
	}
	return c->bits <= (c->family == IP_V4 ? 8 : 32);
}

static const struct endpoint *
endpoint_of(const struct world *w, const struct cidr *at)
{
	VEC_FOREACH (e, &w->endpoints) {
		for (uint32_t i = 0; i < e->nips; i++) {
			struct cidr c = cidr_of_ip(&e->ips[i]);

			if (cidr_compare(&c, at) == 0)
				return e;
		}
	}
	return NULL;
}

static int
compare_entry(const void *key, const void *entry)
{
	return cidr_compare(key,
	    &((const struct ipcache_entry *)entry)->prefix);
}

/* Where in the ipcache the addresses of C begin. */
static size_t
first_in(const struct world *w, const struct cidr *c)
{
	size_t low = 0, high = w->ipcache.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare_entry(c, &w->ipcache.v[mid]) > 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* A pod in C, or the node that C is, which is not SELECTED nor left out by S on
 * purpose; NULL. */
static const char *
left_out(const struct cidrs *x, const struct ir_selector *s,
    const struct cidr *c, const struct bitset *selected)
{
	const struct world *w = x->world;
	char text[CIDR_STRLEN];

	for (size_t i = first_in(w, c); i < w->ipcache.n; i++) {
		const struct ipcache_entry *e = &w->ipcache.v[i];
		const struct identity *id = world_identity(w, e->ident);
		const struct endpoint *pod;

		if (!cidr_contains(c, &e->prefix))
			break;
		if (e->prefix.bits != ip_width(c->family) ||
		    bitset_test(selected, e->ident.i) ||
		    is_excepted(s, &e->prefix) || id->has_prefix)
			continue;
		if (id->nendpoints > 0 && (pod = endpoint_of(w, &e->prefix)) &&
		    !pod->host)
			return arena_printf(x->scratch, "pod %s",
			    who_name(x->scratch, pod));
		if (cidr_compare(c, &e->prefix) == 0 &&
		    (id->id.id == SEC_ID_HOST ||
			id->id.id == SEC_ID_REMOTE_NODE ||
			id->id.id == SEC_ID_KUBE_APISERVER ||
			id->id.id >= SEC_ID_NODE_FIRST))
			return arena_printf(x->scratch, "the node at %s",
			    cidr_print(&e->prefix, text));
	}
	return NULL;
}

/* Whether the pods of a Service are known, and all of them SELECTED. */
static bool
leads_to(const struct cidrs *x, const struct object *service,
    const struct bitset *selected)
{
	const struct ast_service_spec *spec =
	    ((const struct ast_service *)service->body)->spec;
	service_backends found = {0};

	for (uint32_t i = 0; i < spec->ports.n; i++) {
		const struct ast_service_port *p = &spec->ports.v[i];
		struct service_question q = {.world = x->world,
		    .objects = x->objects,
		    .service = service,
		    .port = p,
		    .proto = IPPROTO_TCP};

		if (p->protocol.present &&
		    !proto_parse(p->protocol.v, &q.proto))
			return false;
		service_find_backends(&found, x->scratch, &q);
	}
	VEC_FOREACH (b, &found) {
		if (!b->endpoint ||
		    !bitset_test(selected, b->endpoint->ident.i))
			return false;
	}
	return found.n > 0;
}

/* A Service with an address of its own in C, whose pods no rule beside R
 * selects; NULL. */
static const char *
service_in(const struct cidrs *x, const struct ir_rule *r,
    const struct ir_selector *s, const struct cidr *c)
{
	const struct bitset *selected = NULL;

	OBJECT_FOREACH (o, x->objects, AST_SERVICE) {
		const struct ast_service *body = o->body;
		struct ip ip;
		struct cidr at;

		if (!body->spec || !ip_parse(body->spec->cluster_ip.v, &ip))
			continue;
		at = cidr_of_ip(&ip);
		if (!cidr_contains(c, &at) || is_excepted(s, &at))
			continue;
		if (!selected)
			selected =
			    who_is_selected_beside(x->scratch, x->world, r);
		if (!leads_to(x, o, selected))
			return arena_printf(x->scratch,
			    "Service " STR_FMT "/" STR_FMT, STR_ARG(o->ns),
			    STR_ARG(o->name));
	}
	return NULL;
}

static void
check_cidr(const struct cidrs *x, const struct ir_rule *r,
    const struct ir_peer *p)
{
	const struct cidr *c = prefix_of(x->world->ir, p->selector);
	const char *who, *what = "select pods by labels, nodes by entities";
	char text[CIDR_STRLEN];

	if (!c || is_wide(c))
		return;
	who =
	    left_out(x, p->selector, c, world_selected(x->world, p->selector));
	if (who) /* unless another rule selects it */
		who = left_out(x, p->selector, c,
		    who_is_selected_beside(x->scratch, x->world, r));
	if (!who && r->dir == DIR_EGRESS) {
		who = service_in(x, r, p->selector, c);
		what = "select the pods that are its backends";
	}
	if (who)
		diag_cidr_over_cluster(x->sink, p->at,
		    arena_printf(x->scratch, "%s", cidr_print(c, text)), who,
		    what);
}

void
lint_check_cidrs(struct diag_sink *sink, struct arena *scratch,
    const struct world *w, const struct object_list *objects)
{
	struct cidrs x = {sink, scratch, w, objects};

	VEC_FOREACH (at, &w->ir->rules) {
		const struct ir_rule *r = *at;

		for (uint32_t i = 0; r->policy && i < r->npeers; i++)
			check_cidr(&x, r, &r->peers[i]);
	}
}

static bool
is_api_server(const struct ir *ir, const struct ir_selector *s)
{
	return s->nreq == 1 && s->req[0].op == IR_EXISTS &&
	    atom_eq(s->req[0].source, ir->word.reserved) &&
	    str_is(atom_str(ir->atoms, s->req[0].key), RESERVED_KUBE_APISERVER);
}

/* The port of the API server's own addresses; 0: it is not known. */
static uint16_t
api_server_port(const struct ir *ir, struct arena *scratch)
{
	const struct ref_service *s =
	    refs_service(ir->refs, scratch, STR("default"), STR("kubernetes"));

	for (size_t i = 0; s && i < s->backends.n; i++) {
		const struct ref_backend *b = &s->backends.v[i];

		if (b->nports > 0 && b->ports[0].port.present)
			return (uint16_t)b->ports[0].port.v;
	}
	return 0;
}

/* Whether a rule for the pods of R, or for all pods, opens PORT of the API
 * server. */
static bool
opens_api_server(const struct ir *ir, const struct ir_rule *r, uint16_t port)
{
	VEC_FOREACH (at, &ir->rules) {
		const struct ir_rule *o = *at;

		if (o->dir != DIR_EGRESS || o->verdict != IR_ALLOW ||
		    (o->subject != r->subject && o->subject->nreq > 0) ||
		    !who_names_port(o, IPPROTO_TCP, port))
			continue;
		for (uint32_t i = 0; i < o->npeers; i++) {
			if (is_api_server(ir, o->peers[i].selector))
				return true;
		}
	}
	return false;
}

/* The port of the Service in a list of ports; NULL: it is not there. */
static const struct ir_port *
port_of_service(const struct ir_rule *r)
{
	for (uint32_t i = 0; i < r->nports; i++) {
		const struct ir_port *p = &r->ports[i];

		if ((p->proto == IPPROTO_TCP || p->proto == 0) &&
		    p->port == 443 && p->end <= p->port)
			return p;
	}
	return NULL;
}

void
lint_check_api_server(struct diag_sink *sink, struct arena *scratch,
    const struct ir *ir)
{
	uint16_t port = api_server_port(ir, scratch);

	VEC_FOREACH (at, &ir->rules) {
		const struct ir_rule *r = *at;
		const struct ir_port *wrong;

		if (port == 0 || r->dir != DIR_EGRESS ||
		    r->verdict != IR_ALLOW || r->npeers != 1 ||
		    !is_api_server(ir, r->peers[0].selector))
			continue;
		wrong = port_of_service(r);
		if (wrong && !opens_api_server(ir, r, port))
			diag_apiserver_port(sink, wrong->at, port);
	}
}
