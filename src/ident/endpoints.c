/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Endpoints and their labels.  What a CiliumEndpoint says of a pod is what
 * the agent has made of it, and counts; pods that are not there are taken
 * from the templates of workloads; with the host firewall each node is one.
 * Source: semantics.md 4.1, 4.3, 5.5.
 */
#include <stdlib.h>

#include "cilium/labels.h"
#include "cilium/proto.h"
#include "diag_gen.h"
#include "ident/build.h"

/* What makes the labels of a pod. */
struct description {
	struct str ns;
	const struct ast_str_map *labels; /* NULL: none */
	struct str account;
};

struct endpoints {
	struct builder *b;
	struct map namespaces;   /* name -> const struct ast_str_map * */
	struct map common;       /* namespace -> struct label_set * */
	struct map group_of_pod; /* what makes its labels -> struct group * */
	struct description last; /* that a group was found for: */
	struct group *last_group;
	struct map status; /* "ns/name" -> struct agent_status * */
	bool templates;    /* one was met, so the next two are filled */
	struct map pods;   /* namespace -> struct pod_list * */
	struct map names;  /* "ns/name" of the endpoints */
	struct buf key;    /* for a look-up */
	VEC(struct named_port) ports; /* of one endpoint */
};

/* A CiliumEndpoint. */
struct agent_status {
	const struct object *object;
	bool used; /* by a Pod */
};

/* The label sets of the pods of a namespace. */
struct pod_list {
	VEC(const struct ast_str_map *) v;
};

static void
put_key(struct buf *key, struct str part)
{
	buf_put(key, &part.n, sizeof(part.n));
	buf_str(key, part);
}

/* An endpoint's name as a key, good until the next one. */
static struct str
name_key(struct endpoints *p, struct str ns, struct str name)
{
	p->key.n = 0;
	put_key(&p->key, ns);
	put_key(&p->key, name);
	return buf_as_str(&p->key);
}

/* What the agent says of an endpoint; NULL: nothing. */
static struct agent_status *
status_of(struct endpoints *p, const struct object *o)
{
	struct str key;

	if (p->status.n == 0)
		return NULL;
	key = name_key(p, o->ns, o->name);
	return map_get(&p->status, key.s, key.n);
}

static void
put_filtered(struct endpoints *p, struct label_set *set, struct str key,
    struct str value)
{
	struct builder *b = p->b;

	if (label_filter_takes(b->filter, STR(SOURCE_K8S), key))
		label_set_put(set, &b->scratch,
		    build_label(b, b->word->k8s, key, value));
}

static void
put_namespace_label(struct endpoints *p, struct label_set *set, struct str key,
    struct str value)
{
	put_filtered(p, set,
	    str_of(arena_printf(&p->b->scratch, LABEL_OF_NAMESPACE STR_FMT,
		STR_ARG(key))),
	    value);
}

/* The labels that all pods of a namespace have. */
static const struct label_set *
common_labels(struct endpoints *p, struct str ns)
{
	const struct ast_str_map *labels = map_get(&p->namespaces, ns.s, ns.n);
	void **slot = map_put(&p->common, ns.s, ns.n);
	struct label_set *set = *slot;

	if (set)
		return set;
	*slot = set = ARENA_NEW(&p->b->scratch, struct label_set);
	/* The API server sets this one on every Namespace. */
	put_namespace_label(p, set, STR(LABEL_METADATA_NAME), ns);
	for (uint32_t i = 0; labels && i < labels->n; i++)
		put_namespace_label(p, set, labels->v[i].key,
		    labels->v[i].value);
	put_filtered(p, set, STR(LABEL_NAMESPACE), ns);
	put_filtered(p, set, STR(LABEL_CLUSTER), p->b->w->ir->opt.cluster_name);
	return set;
}

/* Users cannot forge labels that Cilium gives. */
static bool
is_own_label(const struct endpoints *p, struct str key)
{
	return !str_starts(key, STR(LABEL_CILIUM)) &&
	    label_filter_takes(p->b->filter, STR(SOURCE_K8S), key);
}

/* The order matters: later labels replace earlier ones of the same key. */
static void
put_pod_labels(struct endpoints *p, struct label_set *set,
    const struct description *d)
{
	struct builder *b = p->b;

	for (uint32_t i = 0; d->labels && i < d->labels->n; i++) {
		const struct ast_str_pair *l = &d->labels->v[i];

		if (is_own_label(p, l->key))
			label_set_put(set, &b->scratch,
			    build_label(b, b->word->k8s, l->key, l->value));
	}
	VEC_FOREACH (l, &common_labels(p, d->ns)->v)
		label_set_put(set, &b->scratch, *l);
	if (d->account.n > 0)
		put_filtered(p, set, STR(LABEL_ACCOUNT), d->account);
}

static bool
same_description(const struct description *a, const struct description *b)
{
	if (!a->labels || !b->labels || a->labels->n != b->labels->n ||
	    !str_eq(a->ns, b->ns) || !str_eq(a->account, b->account))
		return false;
	for (uint32_t i = 0; i < a->labels->n; i++) {
		const struct ast_str_pair *x = &a->labels->v[i];
		const struct ast_str_pair *y = &b->labels->v[i];

		if (!str_eq(x->key, y->key) || !str_eq(x->value, y->value))
			return false;
	}
	return true;
}

/* The group of a description that is not the last one. */
static struct group *
find_group(struct endpoints *p, const struct description *d)
{
	struct label_set set = {0};
	struct group *g;
	void **slot;

	p->key.n = 0;
	put_key(&p->key, d->ns);
	put_key(&p->key, d->account);
	for (uint32_t i = 0; d->labels && i < d->labels->n; i++) {
		if (!is_own_label(p, d->labels->v[i].key))
			continue;
		put_key(&p->key, d->labels->v[i].key);
		put_key(&p->key, d->labels->v[i].value);
	}
	slot = map_put(&p->group_of_pod, p->key.p, p->key.n);
	if (*slot)
		return *slot;
	put_pod_labels(p, &set, d);
	*slot = g = build_group(p->b, &set);
	return g;
}

/*
 * Most pods are copies, and copies stand together: the labels are put together
 * once for all of them.
 */
static struct group *
group_of_pod(struct endpoints *p, const struct description *d)
{
	if (!same_description(&p->last, d)) {
		p->last_group = find_group(p, d);
		p->last = *d;
	}
	return p->last_group;
}

/* The group that the agent has put an endpoint into; NULL: it does not say. */
static struct group *
group_of_status(struct endpoints *p, const struct ast_cilium_endpoint *e)
{
	const struct ast_endpoint_identity *id =
	    e->status ? e->status->identity : NULL;
	struct builder *b = p->b;
	struct label_set set = {0};
	struct group *g;

	if (!id || id->labels.n == 0)
		return NULL;
	for (uint32_t i = 0; i < id->labels.n; i++) {
		struct str source, key, value;

		label_split(id->labels.v[i].v, &source, &key, &value);
		label_set_put(&set, &b->scratch,
		    build_label(b, atom_intern(b->atoms, source), key, value));
	}
	g = build_group(b, &set);
	if (id->id.present)
		build_fix_number(b, g, (uint32_t)id->id.v, id->id.at);
	return g;
}

/* Room for it is there. */
static void
add_address(struct endpoints *p, struct endpoint *e, struct ip *v,
    const struct ast_str *text)
{
	struct ip ip = {0};

	if (!text->present || text->v.n == 0)
		return;
	if (!ip_parse(text->v, &ip)) {
		diag_bad_address(p->b->sink, text->at, text->v);
		return;
	}
	for (uint32_t i = 0; i < e->nips; i++) {
		if (memcmp(&v[i], &ip, sizeof(ip)) == 0)
			return;
	}
	v[e->nips++] = ip;
}

static void
add_pod_addresses(struct endpoints *p, struct endpoint *e,
    const struct ast_pod_status *status)
{
	struct ip *v;

	if (!status)
		return;
	v = ARENA_ARRAY(p->b->w->arena, struct ip,
	    (size_t)status->pod_ips.n + 1);
	add_address(p, e, v, &status->pod_ip);
	for (uint32_t i = 0; i < status->pod_ips.n; i++)
		add_address(p, e, v, &status->pod_ips.v[i].ip);
	e->ips = v;
}

static void
add_agent_addresses(struct endpoints *p, struct endpoint *e,
    const struct ast_endpoint_networking *net)
{
	struct ip *v;

	if (!net)
		return;
	v = ARENA_ARRAY(p->b->w->arena, struct ip,
	    (size_t)net->addressing.n * 2);
	for (uint32_t i = 0; i < net->addressing.n; i++) {
		add_address(p, e, v, &net->addressing.v[i].ipv4);
		add_address(p, e, v, &net->addressing.v[i].ipv6);
	}
	e->ips = v;
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
	port.name = atom_intern_lower(p->b->atoms, &p->b->scratch, name->v);
	port.port = (uint16_t)number->v;
	VEC_FOREACH (have, &p->ports) {
		if (atom_eq(have->name, port.name))
			to = have;
	}
	if (!to)
		to = vec_push(&p->ports, &p->b->scratch);
	*to = port;
}

/* Gives E the ports that were added, and forgets them. */
static void
set_named_ports(struct endpoints *p, struct endpoint *e)
{
	struct named_port *v;

	if (p->ports.n == 0)
		return;
	v = ARENA_ARRAY(p->b->w->arena, struct named_port, p->ports.n);
	memcpy(v, p->ports.v, p->ports.n * sizeof(*v));
	qsort(v, p->ports.n, sizeof(*v), compare_named_port);
	e->ports = v;
	e->nports = (uint32_t)p->ports.n;
	p->ports.n = 0;
}

static void
add_container_ports(struct endpoints *p, struct endpoint *e,
    const struct ast_pod_spec *spec)
{
	for (uint32_t i = 0; spec && i < spec->containers.n; i++) {
		const struct ast_container *c = &spec->containers.v[i];

		for (uint32_t k = 0; k < c->ports.n; k++)
			add_named_port(p, &c->ports.v[k].name,
			    &c->ports.v[k].container_port,
			    &c->ports.v[k].protocol);
	}
	set_named_ports(p, e);
}

/* A new endpoint of the group, of this name. */
static struct endpoint *
add_endpoint(struct endpoints *p, const struct object *o, struct group *g)
{
	struct endpoint *e = vec_push(&p->b->w->endpoints, p->b->w->arena);

	*e = (struct endpoint){.ns = o->ns, .name = o->name, .object = o};
	*vec_push(&p->b->endpoint_group, &p->b->scratch) = g;
	return e;
}

/* Pods that have run to their end have no endpoint any more. */
static bool
is_over(const struct ast_pod *pod)
{
	return pod->status &&
	    (str_is(pod->status->phase.v, "Succeeded") ||
		str_is(pod->status->phase.v, "Failed"));
}

static bool
on_host_network(const struct ast_pod_spec *spec)
{
	return spec && spec->host_network.v;
}

static void
add_pod(struct endpoints *p, const struct object *o)
{
	const struct ast_pod *pod = o->body;
	struct agent_status *status = status_of(p, o);
	struct group *g = NULL;
	struct description d = {.ns = o->ns, .labels = &pod->metadata->labels};
	struct endpoint *e;

	if (status)
		status->used = true;
	if (on_host_network(pod->spec) || is_over(pod))
		return;
	d.account = pod->spec ? pod->spec->service_account_name.v : STR("");
	if (status)
		g = group_of_status(p, status->object->body);
	e = add_endpoint(p, o, g ? g : group_of_pod(p, &d));
	add_pod_addresses(p, e, pod->status);
	add_container_ports(p, e, pod->spec);
}

static void
note_status(struct endpoints *p, const struct object *o)
{
	struct agent_status *s = ARENA_NEW(&p->b->scratch, struct agent_status);
	struct str key = name_key(p, o->ns, o->name);

	s->object = o;
	*map_put(&p->status, key.s, key.n) = s;
}

/* An endpoint whose Pod the snapshot lacks. */
static void
add_agent_endpoint(struct endpoints *p, const struct object *o)
{
	const struct ast_cilium_endpoint *body = o->body;
	const struct agent_status *s = status_of(p, o);
	struct endpoint *e;
	struct group *g;

	if (s->used || s->object != o)
		return;
	g = group_of_status(p, body);
	if (!g)
		return;
	e = add_endpoint(p, o, g);
	add_agent_addresses(p, e, body->status->networking);
	for (uint32_t i = 0; i < body->status->named_ports.n; i++) {
		const struct ast_named_port *port =
		    &body->status->named_ports.v[i];

		add_named_port(p, &port->name, &port->port, &port->protocol);
	}
	set_named_ports(p, e);
}

static const struct ast_pod_template *
template_of(const struct object *o, const struct ast_object_meta **ret_meta)
{
	const struct ast_workload_spec *spec;

	if (o->kind == AST_CRON_JOB) {
		const struct ast_cron_job *job = o->body;

		*ret_meta = job->metadata;
		spec = job->spec && job->spec->job_template
		    ? job->spec->job_template->spec
		    : NULL;
	} else {
		const struct ast_workload *w = o->body;

		*ret_meta = w->metadata;
		spec = w->spec;
	}
	return spec ? spec->template : NULL;
}

static bool
has_label(const struct ast_str_map *labels, const struct ast_str_pair *l)
{
	for (uint32_t i = 0; i < labels->n; i++) {
		if (str_eq(labels->v[i].key, l->key) &&
		    str_eq(labels->v[i].value, l->value))
			return true;
	}
	return false;
}

static void
note_name(struct endpoints *p, struct str ns, struct str name)
{
	struct str key = name_key(p, ns, name);

	*map_put(&p->names, key.s, key.n) = p;
}

/* What templates are held against: pods, and names that are taken. */
static void
note_pods(struct endpoints *p)
{
	OBJECT_FOREACH (o, p->b->objects, AST_POD) {
		const struct ast_pod *pod = o->body;
		void **slot = map_put(&p->pods, o->ns.s, o->ns.n);
		struct pod_list *list;

		if (!*slot)
			*slot = ARENA_NEW(&p->b->scratch, struct pod_list);
		list = *slot;
		*vec_push(&list->v, &p->b->scratch) = &pod->metadata->labels;
	}
	VEC_FOREACH (e, &p->b->w->endpoints)
		note_name(p, e->ns, e->name);
	p->templates = true;
}

/* Whether some pod looks as if it came from a template with these labels. */
static bool
has_pods(const struct endpoints *p, struct str ns,
    const struct ast_str_map *labels)
{
	const struct pod_list *list = map_get(&p->pods, ns.s, ns.n);
	uint32_t i;

	for (size_t k = 0; list && k < list->v.n; k++) {
		for (i = 0; labels && i < labels->n; i++) {
			if (!has_label(list->v.v[k], &labels->v[i]))
				break;
		}
		if (!labels || i == labels->n)
			return true;
	}
	return false;
}

static bool
has_controller(const struct ast_object_meta *meta)
{
	for (uint32_t i = 0; i < meta->owner_references.n; i++) {
		if (meta->owner_references.v[i].controller.v)
			return true;
	}
	return false;
}

/* Pods get the account "default" from the API server. */
static struct str
template_account(const struct ast_pod_spec *spec)
{
	if (!spec || spec->service_account_name.v.n == 0)
		return STR("default");
	return spec->service_account_name.v;
}

/* "web.deployment". */
static struct str
with_kind(struct builder *b, const struct object *o)
{
	atom_t kind =
	    atom_intern_lower(b->atoms, &b->scratch, str_of(o->kind_name));

	return str_of(arena_printf(b->w->arena, STR_FMT "." STR_FMT,
	    STR_ARG(o->name), STR_ARG(atom_str(b->atoms, kind))));
}

/*
 * The pod that a workload makes, where none of them is in the snapshot.  It
 * has the workload's name, with the kind behind it if that is taken.
 */
static void
add_template(struct endpoints *p, const struct object *o)
{
	const struct ast_object_meta *meta;
	const struct ast_pod_template *t = template_of(o, &meta);
	struct description d = {.ns = o->ns};
	struct endpoint *e;
	struct str key;

	if (!p->templates)
		note_pods(p);
	if (!t || has_controller(meta) || on_host_network(t->spec))
		return;
	if (t->metadata)
		d.labels = &t->metadata->labels;
	if (has_pods(p, o->ns, d.labels))
		return;
	d.account = template_account(t->spec);
	e = add_endpoint(p, o, group_of_pod(p, &d));
	key = name_key(p, o->ns, o->name);
	if (map_get(&p->names, key.s, key.n))
		e->name = with_kind(p->b, o);
	note_name(p, e->ns, e->name);
	add_container_ports(p, e, t->spec);
}

static void
note_namespace(struct endpoints *p, const struct object *o)
{
	const struct ast_namespace *ns = o->body;

	*map_put(&p->namespaces, o->name.s, o->name.n) =
	    (void *)(uintptr_t)&ns->metadata->labels;
}

static void
add_host(struct endpoints *p, const struct node *node)
{
	struct endpoint *e = add_endpoint(p, node->object, p->b->host);

	e->host = node;
	e->ips = node->ips.v;
	e->nips = (uint32_t)node->ips.n;
}

/* The kinds that are looked at, in this order. */
static const struct step {
	enum ast_kind first, last;
	void (*add)(struct endpoints *, const struct object *);
} steps[] = {
    {AST_NAMESPACE, AST_NAMESPACE, note_namespace},
    {AST_CILIUM_ENDPOINT, AST_CILIUM_ENDPOINT, note_status},
    {AST_POD, AST_POD, add_pod},
    {AST_CILIUM_ENDPOINT, AST_CILIUM_ENDPOINT, add_agent_endpoint},
    {AST_DEPLOYMENT, AST_CRON_JOB, add_template},
};

void
build_endpoints(struct builder *b)
{
	struct endpoints p = {.b = b};

	map_init(&p.namespaces, &b->scratch);
	map_init(&p.common, &b->scratch);
	map_init(&p.group_of_pod, &b->scratch);
	map_init(&p.status, &b->scratch);
	map_init(&p.pods, &b->scratch);
	map_init(&p.names, &b->scratch);
	buf_init(&p.key, &b->scratch);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		const struct step *s = &steps[i];

		for (enum ast_kind kind = s->first; kind <= s->last; kind++) {
			OBJECT_FOREACH (o, b->objects, kind)
				s->add(&p, o);
		}
	}
	VEC_FOREACH (node, &b->w->nodes) {
		if (b->w->ir->opt.host_firewall && node->object)
			add_host(&p, node);
	}
}
