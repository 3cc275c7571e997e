/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/resolve.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "cilium/labels.h"
#include "cilium/proto.h"
#include "cilium/reserved.h"
#include "diag_gen.h"
#include "flow/address.h"
#include "flow/service.h"

enum {
	HINTS_SHOWN = 8, /* names in one hint */
};

struct resolver {
	struct trace *t;
	struct arena *arena;
	struct diag_sink *sink;
	const struct world *world;
	const struct object_list *objects;
};

static const struct span no_place = {0};

/* A set of names for a hint. */
struct names {
	struct map seen;
	VEC(struct str) v;
};

static void
names_init(struct names *n, struct arena *a)
{
	*n = (struct names){0};
	map_init(&n->seen, a);
}

static void
names_add(struct names *n, struct str name)
{
	void **slot = map_put(&n->seen, name.s, name.n);

	if (!*slot) {
		*slot = n;
		*vec_push(&n->v, n->seen.arena) = name;
	}
}

static int
compare_str(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* "a, b, c and 4 more", in byte order. */
static const char *
names_print(struct names *n)
{
	struct buf b;

	buf_init(&b, n->seen.arena);
	if (n->v.n > 1)
		qsort(n->v.v, n->v.n, sizeof(*n->v.v), compare_str);
	for (size_t i = 0; i < n->v.n && i < HINTS_SHOWN; i++)
		buf_printf(&b, "%s" STR_FMT, i > 0 ? ", " : "",
		    STR_ARG(n->v.v[i]));
	if (n->v.n > HINTS_SHOWN)
		buf_printf(&b, " and %zu more", n->v.n - HINTS_SHOWN);
	return b.p;
}

static struct str
full_name(struct arena *a, struct str ns, struct str name)
{
	return str_of(
	    arena_printf(a, STR_FMT "/" STR_FMT, STR_ARG(ns), STR_ARG(name)));
}

static void
add_end(struct resolver *r, struct trace_party *p, ident_idx_t ident,
    const struct endpoint *e)
{
	const struct pmaps *m = r->t->pmaps;

	*vec_push(&p->ends, r->arena) = (struct trace_end){
	    .ident = ident,
	    .class = e ? pmap_class_of_endpoint(m, e) : NULL,
	    .endpoint = e,
	    .nendpoints = !!e,
	    .port = r->t->query->port,
	};
}

/* ---- pods ---- */

/* What namespaces there are, for a name in one without pods. */
static void
hint_namespaces(struct resolver *r, struct diag *d, const struct query_end *q)
{
	struct names n;

	names_init(&n, r->arena);
	VEC_FOREACH (e, &r->world->endpoints)
		names_add(&n, e->ns);
	diag_note(r->sink, d, no_place, "namespace " STR_FMT " has no pods%s%s",
	    STR_ARG(q->ns), n.v.n > 0 ? "; there are some in " : "",
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
		diag_note(r->sink, d, no_place, "namespace " STR_FMT " has %s",
		    STR_ARG(q->ns),
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
		diag_note(r->sink, d, no_place,
		    "there is a reserved identity %s", entity);
}

static void
report_no_pod(struct resolver *r, const struct query_end *q)
{
	struct str name = full_name(r->arena, q->ns, q->name);
	const struct object *o =
	    object_find(r->objects, AST_POD, q->ns, q->name);
	const struct ast_pod *pod = o ? o->body : NULL;
	struct diag *d;

	if (pod && pod->spec && pod->spec->host_network.v) {
		d = diag_host_network_pod(r->sink, o->name_at, name);
		diag_note(r->sink, d, no_place,
		    "ask for host (a pod's own node), remote-node (another "
		    "one) or the node's address");
		return;
	}
	d = diag_no_endpoint(r->sink, no_place, name);
	if (pod) {
		diag_note(r->sink, d, o->name_at,
		    "this pod has run to its end");
		return;
	}
	hint_near_pod(r, d, q);
	if (d->notes.n == 0)
		hint_pods(r, d, q);
}

/*
 * A node as others see it, from its first address; with host policies it is
 * an endpoint.  False: its address is not known.
 */
static bool
resolve_node(struct resolver *r, struct trace_party *p, const struct node *node)
{
	ident_idx_t ident;

	if (!node || node->ips.n == 0)
		return false;
	ident = world_of_ip(r->world, &node->ips.v[0], &p->prefix);
	add_end(r, p, ident, address_host(r->world, node));
	p->ends.v[0].ip = node->ips.v[0];
	p->node = node->name;
	return true;
}

static bool
resolve_pod(struct resolver *r, struct trace_party *p)
{
	const struct query_end *q = p->asked;
	const struct endpoint *e =
	    world_find_endpoint(r->world, q->ns, q->name);

	if (!e && str_is(q->ns, "node") &&
	    resolve_node(r, p, world_find_node(r->world, q->name)))
		return true;
	if (!e) {
		report_no_pod(r, q);
		return false;
	}
	add_end(r, p, e->ident, e);
	return true;
}

/* ---- pods by labels ---- */

/* The label of an identity that REQ is about; NULL when it has none. */
static const struct label *
find_label(const struct world *w, const struct identity *n,
    const struct lang_req *req)
{
	const struct atom_table *atoms = w->ir->atoms;

	for (uint32_t i = 0; i < n->nlabels; i++) {
		const struct label *l = &n->labels[i];

		if (str_eq(atom_str(atoms, l->key), req->key) &&
		    (req->source.n == 0 || str_is(req->source, SOURCE_ANY) ||
			str_eq(atom_str(atoms, l->source), req->source)))
			return l;
	}
	return NULL;
}

static bool
has_value(const struct lang_req *req, struct str value)
{
	VEC_FOREACH (v, &req->values) {
		if (str_eq(*v, value))
			return true;
	}
	return false;
}

static bool
req_matches(const struct world *w, const struct identity *n,
    const struct lang_req *req)
{
	const struct label *l = find_label(w, n, req);
	struct str value = l ? atom_str(w->ir->atoms, l->value) : STR("");

	switch (req->op) {
	case LANG_IN:
		return l && has_value(req, value);
	case LANG_NOT_IN:
		return !l || !has_value(req, value);
	case LANG_EXISTS:
		return l;
	case LANG_NOT_EXISTS:
		return !l;
	}
	return false;
}

static bool
selector_matches(const struct world *w, const struct identity *n,
    const struct lang_selector *s)
{
	VEC_FOREACH (req, &s->reqs) {
		if (!req_matches(w, n, req))
			return false;
	}
	return true;
}

/* Whether a pod's own labels have the key, which its identity lacks. */
static bool
is_left_out(const struct endpoint *e, struct str key)
{
	const struct ast_pod *pod = e->object->body;
	const struct ast_str_map *m;

	if (e->object->kind != AST_POD)
		return false;
	m = &pod->metadata->labels;
	for (uint32_t i = 0; i < m->n; i++) {
		if (str_eq(m->v[i].key, key))
			return true;
	}
	return false;
}

/* Why REQ matches no pod of the namespace, and what would. */
static void
hint_req(struct resolver *r, struct diag *d, const struct query_end *q,
    const struct lang_req *req)
{
	const struct world *w = r->world;
	const struct atom_table *atoms = w->ir->atoms;
	struct names values, keys;
	bool left_out = false;

	names_init(&values, r->arena);
	names_init(&keys, r->arena);
	VEC_FOREACH (e, &w->endpoints) {
		const struct identity *n = world_identity(w, e->ident);
		const struct label *l = find_label(w, n, req);

		if (!str_eq(e->ns, q->ns))
			continue;
		if (req_matches(w, n, req))
			return;
		if (l)
			names_add(&values, atom_str(atoms, l->value));
		left_out = left_out || (!l && is_left_out(e, req->key));
		for (uint32_t i = 0; i < n->nlabels; i++) {
			struct str key = atom_str(atoms, n->labels[i].key);

			if (!label_is_derived(key))
				names_add(&keys, key);
		}
	}
	if (values.v.n > 0)
		diag_note(r->sink, d, no_place,
		    "label \"" STR_FMT "\" there has %s", STR_ARG(req->key),
		    names_print(&values));
	else if (left_out)
		diag_note(r->sink, d, no_place,
		    "label \"" STR_FMT "\" is no part of an identity: Cilium "
		    "leaves it out",
		    STR_ARG(req->key));
	else
		diag_note(r->sink, d, no_place,
		    "no pod there has a label \"" STR_FMT "\"; there are %s",
		    STR_ARG(req->key), names_print(&keys));
}

static void
report_none_selected(struct resolver *r, const struct query_end *q)
{
	struct diag *d = diag_no_pod_matches(r->sink, no_place, q->text);
	bool any = false;

	VEC_FOREACH (e, &r->world->endpoints)
		any = any || str_eq(e->ns, q->ns);
	if (!any) {
		hint_namespaces(r, d, q);
		return;
	}
	VEC_FOREACH (req, &q->labels.reqs)
		hint_req(r, d, q, req);
	if (d->notes.n == 0)
		diag_note(r->sink, d, no_place,
		    "each part matches some pod there, but no pod all of them");
}

static int
compare_end(const void *pa, const void *pb)
{
	const struct trace_end *a = pa, *b = pb;

	if (a->ident.i != b->ident.i)
		return a->ident.i < b->ident.i ? -1 : 1;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	/* Of one identity all are endpoints, or none is. */
	if (!a->class)
		return memcmp(&a->ip, &b->ip, sizeof(a->ip));
	return (a->class->index > b->class->index) -
	    (a->class->index < b->class->index);
}

/* The party's end with E's identity, policy and port, whose place in ends,
 * plus one, END_OF holds; made when there is none yet. */
static void
count_endpoint(struct resolver *r, struct trace_party *p, struct map *end_of,
    const struct endpoint *e, uint16_t port)
{
	const uint32_t key[] = {e->ident.i,
	    pmap_class_of_endpoint(r->t->pmaps, e)->index, port};
	void **slot = map_put(end_of, key, sizeof(key));

	if (!*slot) {
		add_end(r, p, e->ident, e);
		p->ends.v[p->ends.n - 1].port = port;
		*slot = (void *)(uintptr_t)p->ends.n;
	} else {
		p->ends.v[(uintptr_t)*slot - 1].nendpoints++;
	}
}

static bool
resolve_labels(struct resolver *r, struct trace_party *p)
{
	const struct query_end *q = p->asked;
	const struct world *w = r->world;
	struct map end_of;

	map_init(&end_of, r->arena);
	VEC_FOREACH (e, &w->endpoints) {
		if (str_eq(e->ns, q->ns) &&
		    selector_matches(w, world_identity(w, e->ident),
			&q->labels))
			count_endpoint(r, p, &end_of, e, r->t->query->port);
	}
	if (p->ends.n == 0) {
		report_none_selected(r, q);
		return false;
	}
	qsort(p->ends.v, p->ends.n, sizeof(*p->ends.v), compare_end);
	return true;
}

/* ---- addresses ---- */

/* ---- nodes ---- */

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

/* Whether the one pod of a party runs on the node. */
static bool
is_own_node(const struct trace_party *p, struct str node)
{
	return node.n > 0 && str_eq(node, node_of(p));
}

/* ---- Services ---- */

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
	struct diag *d = diag_no_service(r->sink, no_place,
	    full_name(r->arena, q->ns, q->name));
	struct names n;

	names_init(&n, r->arena);
	OBJECT_FOREACH (o, r->objects, AST_SERVICE) {
		if (str_eq(o->ns, q->ns))
			names_add(&n, o->name);
	}
	if (n.v.n > 0)
		diag_note(r->sink, d, no_place, "namespace " STR_FMT " has %s",
		    STR_ARG(q->ns), names_print(&n));
}

static void
report_no_port(struct resolver *r, const struct object *o)
{
	const struct ast_service *s = o->body;
	const struct query *q = r->t->query;
	struct diag *d = diag_no_service_port(r->sink, o->name_at,
	    full_name(r->arena, o->ns, o->name),
	    query_print_port(r->arena, q->proto, q->port));

	if (s->spec && s->spec->ports.n > 0)
		diag_note(r->sink, d, no_place, "it has %s",
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
		count_endpoint(r, p, end_of, b->endpoint, b->port);
		return;
	}
	ident = world_of_ip(r->world, &b->ip, &prefix);
	node = address_node(r->world, &b->ip);
	/* A node is the host to its own pods. */
	if (node && is_own_node(&r->t->from, node->name)) {
		world_find_reserved(r->world, STR(RESERVED_HOST), &ident);
		node = NULL;
	}
	add_end(r, p, ident, address_host(r->world, node));
	end = &p->ends.v[p->ends.n - 1];
	end->ip = b->ip;
	end->port = b->port;
}

/* The ends that Service O, asked at IP or by its name, hands connections to. */
static bool
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
		    full_name(r->arena, o->ns, o->name));
		return false;
	}
	if (!service_is_headless(o)) {
		port = service_port(o, ip, q->proto, q->port);
		if (!port) {
			report_no_port(r, o);
			return false;
		}
	}
	service_find_backends(&found, r->arena, r->world, r->objects, o, port,
	    q->proto, q->port);
	if (!port && found.n == 0) {
		diag_headless_without_pods(r->sink, o->name_at,
		    full_name(r->arena, o->ns, o->name));
		return false;
	}
	map_init(&end_of, r->arena);
	VEC_FOREACH (b, &found)
		add_backend(r, p, &end_of, b);
	if (p->ends.n > 1)
		qsort(p->ends.v, p->ends.n, sizeof(*p->ends.v), compare_end);
	p->service = o;
	p->service_port = port;
	return true;
}

static bool
resolve_named_service(struct resolver *r, struct trace_party *p)
{
	const struct query_end *q = p->asked;
	const struct object *o =
	    object_find(r->objects, AST_SERVICE, q->ns, q->name);

	if (!o)
		report_no_service(r, q);
	return o && resolve_service(r, p, o, NULL);
}

/* A backend of the other family takes no part. */
static void
drop_other_family(struct trace *t)
{
	struct trace_party *p = &t->to;
	size_t n = 0;

	VEC_FOREACH (end, &p->ends) {
		if (end->endpoint || end->ip.family == 0 ||
		    end->ip.family == t->family)
			p->ends.v[n++] = *end;
	}
	p->ends.n = n;
}

static bool
resolve_address(struct resolver *r, struct trace_party *p)
{
	const struct ip *ip = &p->asked->ip;
	const struct query *q = r->t->query;
	const struct endpoint *e = address_endpoint(r->world, ip);
	const struct node *node = address_node(r->world, ip);
	bool is_target = p == &r->t->to;
	/* An address of a node is a Service's to those who connect to it. */
	const struct object *service = e
	    ? NULL
	    : service_at(r->world, r->objects, ip, is_target ? q->proto : 0,
		  q->port);
	ident_idx_t ident = world_of_ip(r->world, ip, &p->prefix);

	if (service && is_target)
		return resolve_service(r, p, service, ip);
	if (service) {
		diag_service_connects(r->sink, service->name_at,
		    p->asked->text);
		return false;
	}
	if (!e && node) {
		p->node = node->name;
		e = address_host(r->world, node);
	}
	add_end(r, p, ident, e);
	return true;
}

static void
add_reserved(struct resolver *r, struct trace_party *p, struct str name)
{
	ident_idx_t ident;
	bool found = world_find_reserved(r->world, name, &ident);

	assert(found);
	add_end(r, p, ident, NULL);
}

/* A node is the host to its own pods, whatever it is to others. */
static void
resolve_own_node(struct resolver *r, struct trace_party *p,
    const struct trace_party *peer)
{
	if (is_own_node(peer, p->node)) {
		p->ends.n = 0;
		add_reserved(r, p, STR(RESERVED_HOST));
	}
}

/* ---- both ends ---- */

static bool
resolve_early(struct resolver *r, struct trace_party *p)
{
	switch (p->asked->who) {
	case QUERY_POD:
		return resolve_pod(r, p);
	case QUERY_LABELS:
		return resolve_labels(r, p);
	case QUERY_ADDRESS:
		return resolve_address(r, p);
	case QUERY_SERVICE:
		if (p == &r->t->to)
			return resolve_named_service(r, p);
		diag_service_connects(r->sink, no_place, p->asked->text);
		return false;
	case QUERY_ENTITY:
		return true; /* "world" needs the family first */
	}
	return false;
}

/* Whether some end is a pod. */
static bool
has_pod(const struct trace_party *p)
{
	VEC_FOREACH (end, &p->ends) {
		if (end->endpoint && !end->endpoint->host)
			return true;
	}
	return false;
}

/*
 * The host is the node whose view is taken, which for pods is their own: no
 * host policy is asked between these.
 */
static void
resolve_entity(struct resolver *r, struct trace_party *p,
    const struct trace_party *peer)
{
	struct str name = p->asked->name;

	if (p->asked->who != QUERY_ENTITY)
		return;
	if (str_is(name, RESERVED_HOST) && !has_pod(peer) &&
	    resolve_node(r, p,
		world_find_node(r->world, r->world->ir->opt.node)))
		return;
	if (str_is(name, RESERVED_WORLD))
		name = ir_world_label(&r->world->ir->opt, r->t->family);
	add_reserved(r, p, name);
}

/* Whether the party can take part in FAMILY, as far as is known. */
static bool
has_family(const struct trace_party *p, uint8_t family)
{
	if (p->asked->who == QUERY_ADDRESS)
		return p->asked->ip.family == family;
	if (p->service && p->ends.n == 0)
		return true;
	VEC_FOREACH (end, &p->ends) {
		const struct endpoint *e = end->endpoint;

		if (!e && end->ip.family == family)
			return true;
		if (!e)
			continue;
		if (e->nips == 0)
			return true;
		for (uint32_t i = 0; i < e->nips; i++) {
			if (e->ips[i].family == family)
				return true;
		}
	}
	return p->asked->who == QUERY_ENTITY;
}

/* What the protocol or --family leaves of the families; 0: both. */
static uint8_t
family_asked(const struct query *q, bool *ret_clash)
{
	uint8_t icmp = q->proto == 1 ? IP_V4 : q->proto == 58 ? IP_V6 : 0;

	*ret_clash = q->family != 0 && icmp != 0 && q->family != icmp;
	return q->family != 0 ? q->family : icmp;
}

static bool
resolve_family(struct resolver *r)
{
	const struct ir_options *opt = &r->world->ir->opt;
	struct trace *t = r->t;
	bool clash;
	uint8_t asked = family_asked(t->query, &clash);
	struct diag *d;

	for (uint8_t f = IP_V4; f <= IP_V6 && !clash; f++) {
		if ((f == IP_V4 ? opt->ipv4 : opt->ipv6) &&
		    (asked == 0 || asked == f) && has_family(&t->from, f) &&
		    has_family(&t->to, f)) {
			t->family = f;
			return true;
		}
	}
	d = diag_no_common_family(r->sink, no_place, t->from.asked->text,
	    t->to.asked->text);
	if (asked != 0)
		diag_note(r->sink, d, no_place, "asked for IPv%c",
		    asked == IP_V4 ? '4' : '6');
	if (!opt->ipv4 || !opt->ipv6)
		diag_note(r->sink, d, no_place, "the cluster has no IPv%c",
		    opt->ipv4 ? '6' : '4');
	return false;
}

static bool
has_endpoint(const struct trace_party *p)
{
	VEC_FOREACH (end, &p->ends) {
		if (end->endpoint)
			return true;
	}
	return false;
}

bool
resolve_parties(struct trace *t, struct arena *a, struct diag_sink *sink,
    const struct object_list *objects)
{
	struct resolver r = {.t = t,
	    .arena = a,
	    .sink = sink,
	    .world = t->pmaps->world,
	    .objects = objects};
	bool from, to;

	t->from.asked = &t->query->from;
	t->to.asked = &t->query->to;
	from = resolve_early(&r, &t->from);
	to = resolve_early(&r, &t->to);
	if (!from || !to || !resolve_family(&r))
		return false;
	drop_other_family(t);
	resolve_entity(&r, &t->from, &t->to);
	resolve_entity(&r, &t->to, &t->from);
	resolve_own_node(&r, &t->from, &t->to);
	resolve_own_node(&r, &t->to, &t->from);
	if (!has_endpoint(&t->from) && !has_endpoint(&t->to)) {
		diag_nothing_to_judge(sink, no_place, t->from.asked->text,
		    t->to.asked->text);
		return false;
	}
	return true;
}
