/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Endpoints from Pods and CiliumEndpoints.  What a CiliumEndpoint says of a
 * pod comes from the agent, so it counts more than the Pod.
 */
#include "ident/endpoints.h"

#include <stdlib.h>

#include "cilium/proto.h"
#include "diag_gen.h"
#include "ident/assumed.h"
#include "ident/templates.h"

/* A CiliumEndpoint. */
struct agent_status {
	const struct object *object;
	bool used; /* by a Pod */
};

struct str
endpoints_key(struct endpoints *p, struct str ns, struct str name)
{
	p->key.n = 0;
	pod_labels_put_key(&p->key, ns);
	pod_labels_put_key(&p->key, name);
	return buf_as_str(&p->key);
}

/* What the agent says about an endpoint; NULL: nothing. */
static struct agent_status *
status_of(struct endpoints *p, const struct object *o)
{
	struct str key;

	if (p->status.n == 0)
		return NULL;
	key = endpoints_key(p, o->ns, o->name);
	return map_get(&p->status, key.s, key.n);
}

/* The labels that the agent has given an endpoint; NULL: it does not say. */
static struct numbered_labels *
status_labels(struct endpoints *p, const struct ast_cilium_endpoint *e)
{
	const struct ast_endpoint_identity *id =
	    e->status ? e->status->identity : NULL;
	struct builder *b = p->b;
	struct label_set set = {0};
	struct numbered_labels *labels;

	if (!id || id->labels.n == 0)
		return NULL;
	for (uint32_t i = 0; i < id->labels.n; i++) {
		struct str source, key, value;

		label_split(id->labels.v[i].v, &source, &key, &value);
		label_set_put(&set, &b->scratch,
		    label_of(b->w->ir->atoms,
			atom_intern(b->w->ir->atoms, source), key, value));
	}
	labels = numbering_labels(&b->numbering, &set);
	if (id->id.present)
		numbering_fix(&b->numbering, labels, (uint32_t)id->id.v,
		    id->id.at);
	return labels;
}

/* The distinct addresses of an endpoint, with room for all. */
struct addresses {
	struct ip *v;
	uint32_t n;
};

static void
add_address(struct endpoints *p, struct addresses *to,
    const struct ast_str *text)
{
	struct ip ip = {0};

	if (!text->present || text->v.n == 0)
		return;
	if (!ip_parse(text->v, &ip)) {
		diag_bad_address(p->b->sink, text->at, text->v);
		return;
	}
	for (uint32_t i = 0; i < to->n; i++) {
		if (memcmp(&to->v[i], &ip, sizeof(ip)) == 0)
			return;
	}
	to->v[to->n++] = ip;
}

static struct addresses
pod_addresses(struct endpoints *p, const struct ast_pod_status *status)
{
	struct addresses to = {0};

	if (!status)
		return to;
	to.v = ARENA_ARRAY(p->b->w->arena, struct ip,
	    (size_t)status->pod_ips.n + 1);
	add_address(p, &to, &status->pod_ip);
	for (uint32_t i = 0; i < status->pod_ips.n; i++)
		add_address(p, &to, &status->pod_ips.v[i].ip);
	return to;
}

static struct addresses
agent_addresses(struct endpoints *p, const struct ast_endpoint_networking *net)
{
	struct addresses to = {0};

	if (!net)
		return to;
	to.v = ARENA_ARRAY(p->b->w->arena, struct ip,
	    (size_t)net->addressing.n * 2);
	for (uint32_t i = 0; i < net->addressing.n; i++) {
		add_address(p, &to, &net->addressing.v[i].ipv4);
		add_address(p, &to, &net->addressing.v[i].ipv6);
	}
	return to;
}

/* The prefixes around a pod's addresses, where they are labels of it. */
static void
describe_addresses(const struct endpoints *p, const struct addresses *ips,
    struct pod_description *d)
{
	const struct ir_options *opt = &p->b->w->ir->opt;

	for (uint32_t i = 0; (opt->cidr_match & IR_CIDR_PODS) && i < ips->n;
	     i++) {
		const struct ip *ip = &ips->v[i];

		if (!ir_has_family(opt, ip->family) ||
		    d->has_address[ip->family - 1])
			continue;
		d->has_address[ip->family - 1] = true;
		d->around[ip->family - 1] = prefix_around(&p->b->prefixes, ip);
	}
}

static int
compare_named_port(const void *pa, const void *pb)
{
	const struct named_port *a = pa, *b = pb;

	return (a->name.i > b->name.i) - (a->name.i < b->name.i);
}

/* Of two ports with one name the later counts: semantics.md 10.3. */
static void
add_named_port(struct endpoints *p, const struct ast_str *name,
    const struct ast_int *number, const struct ast_str *protocol)
{
	struct named_port port = {.proto = 6}, *to = NULL;

	if (name->v.n == 0 || number->v <= 0 || number->v > UINT16_MAX ||
	    (protocol->v.n > 0 && !proto_parse(protocol->v, &port.proto)))
		return;
	port.name =
	    atom_intern_lower(p->b->w->ir->atoms, &p->b->scratch, name->v);
	port.port = (uint16_t)number->v;
	VEC_FOREACH (have, &p->ports) {
		if (atom_eq(have->name, port.name))
			to = have;
	}
	if (!to)
		to = vec_push(&p->ports, &p->b->scratch);
	*to = port;
}

/* The ports that were added since the last call. */
static struct named_ports
take_named_ports(struct endpoints *p)
{
	struct named_port *v;
	struct named_ports ports;

	if (p->ports.n == 0)
		return (struct named_ports){0};
	v = ARENA_ARRAY(p->b->w->arena, struct named_port, p->ports.n);
	memcpy(v, p->ports.v, p->ports.n * sizeof(*v));
	qsort(v, p->ports.n, sizeof(*v), compare_named_port);
	ports = (struct named_ports){v, (uint32_t)p->ports.n};
	p->ports.n = 0;
	return ports;
}

struct named_ports
endpoints_ports(struct endpoints *p, const struct ast_pod_spec *spec)
{
	for (uint32_t i = 0; spec && i < spec->containers.n; i++) {
		const struct ast_container *c = &spec->containers.v[i];

		for (uint32_t k = 0; k < c->ports.n; k++)
			add_named_port(p, &c->ports.v[k].name,
			    &c->ports.v[k].container_port,
			    &c->ports.v[k].protocol);
	}
	return take_named_ports(p);
}

struct endpoint *
endpoints_add(struct endpoints *p, const struct object *o,
    struct numbered_labels *labels, struct named_ports ports)
{
	struct endpoint *e = vec_push(&p->b->w->endpoints, p->b->w->arena);

	*e = (struct endpoint){.ns = o->ns,
	    .name = o->name,
	    .object = o,
	    .ports = ports};
	*vec_push(&p->b->endpoint_labels, &p->b->scratch) = labels;
	return e;
}

/* A pod that has ended has no endpoint. */
static bool
is_over(const struct ast_pod *pod)
{
	return pod->status &&
	    (str_is(pod->status->phase.v, "Succeeded") ||
		str_is(pod->status->phase.v, "Failed"));
}

bool
endpoints_on_host_network(const struct ast_pod_spec *spec)
{
	return spec && spec->host_network.v;
}

static void
add_pod(struct endpoints *p, const struct object *o)
{
	const struct ast_pod *pod = o->body;
	struct agent_status *status = status_of(p, o);
	struct numbered_labels *labels = NULL;
	struct pod_description d = {.ns = o->ns,
	    .labels = &pod->metadata->labels};
	struct addresses ips;
	struct endpoint *e;

	if (status)
		status->used = true;
	if (endpoints_on_host_network(pod->spec) || is_over(pod))
		return;
	d.account = pod->spec ? pod->spec->service_account_name.v : STR("");
	d.ports = endpoints_ports(p, pod->spec);
	ips = pod_addresses(p, pod->status);
	describe_addresses(p, &ips, &d);
	if (status)
		labels = status_labels(p, status->object->body);
	if (!labels)
		labels = pod_labels_find(&p->labels, &d);
	e = endpoints_add(p, o, labels, d.ports);
	e->ips = ips.v;
	e->nips = ips.n;
}

static void
note_status(struct endpoints *p, const struct object *o)
{
	struct agent_status *s = ARENA_NEW(&p->b->scratch, struct agent_status);
	struct str key = endpoints_key(p, o->ns, o->name);

	s->object = o;
	*map_put(&p->status, key.s, key.n) = s;
}

/* An endpoint without a Pod in the snapshot. */
static void
add_agent_endpoint(struct endpoints *p, const struct object *o)
{
	const struct ast_cilium_endpoint *body = o->body;
	const struct agent_status *s = status_of(p, o);
	struct addresses ips;
	struct endpoint *e;
	struct numbered_labels *labels;

	if (s->used || s->object != o)
		return;
	labels = status_labels(p, body);
	if (!labels)
		return;
	for (uint32_t i = 0; i < body->status->named_ports.n; i++) {
		const struct ast_named_port *port =
		    &body->status->named_ports.v[i];

		add_named_port(p, &port->name, &port->port, &port->protocol);
	}
	ips = agent_addresses(p, body->status->networking);
	e = endpoints_add(p, o, labels, take_named_ports(p));
	e->ips = ips.v;
	e->nips = ips.n;
}

static void
add_host(struct endpoints *p, const struct node *node)
{
	struct endpoint *e =
	    endpoints_add(p, node->object, p->b->host, (struct named_ports){0});

	e->host = node;
	e->ips = node->ips.v;
	e->nips = (uint32_t)node->ips.n;
}

void
endpoints_build(struct builder *b)
{
	struct endpoints p = {.b = b};

	pod_labels_init(&p.labels, &b->numbering, b->objects);
	map_init(&p.status, &b->scratch);
	buf_init(&p.key, &b->scratch);
	vec_room(&b->w->endpoints, b->w->arena,
	    b->objects->of_kind[AST_POD].n + 1);
	vec_room(&b->endpoint_labels, &b->scratch,
	    b->objects->of_kind[AST_POD].n + 1);
	OBJECT_FOREACH (o, b->objects, AST_CILIUM_ENDPOINT)
		note_status(&p, o);
	OBJECT_FOREACH (o, b->objects, AST_POD)
		add_pod(&p, o);
	OBJECT_FOREACH (o, b->objects, AST_CILIUM_ENDPOINT)
		add_agent_endpoint(&p, o);
	templates_add(&p);
	assumed_add(&p);
	VEC_FOREACH (node, &b->w->nodes) {
		if (b->w->ir->opt.host_firewall && node->object)
			add_host(&p, node);
	}
	label_filter_report(p.labels.filter, b->sink);
}
