/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From snapshot objects and prefixes to numbered identities.  Order of
 * numbers: architecture 7; labels: semantics.md 4.1, 5.1, 6.2.
 */
#include "ident/ident.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>

#include "diag_gen.h"
#include "ident/index.h"
#include "ident/labels.h"
#include "ident/prefix.h"

/* A label set, which becomes an identity when it gets a number. */
struct group {
	struct str text; /* sealed */
	struct label_set set;
	bool numbered;
	ident_idx_t idx;
};

/* What building needs besides the world itself. */
struct builder {
	struct world *w;
	struct diag_sink *sink;
	struct atom_table *atoms;
	const struct ir_words *word;
	struct arena scratch;    /* for all that is only of use here */
	struct arena seal;       /* and while one set is sealed */
	struct map namespaces;   /* name -> const struct ast_str_map * */
	struct map common;       /* namespace -> struct label_set * */
	struct map group_of;     /* sealed text -> struct group * */
	struct map group_of_pod; /* what makes its labels -> struct group * */
	struct buf key;          /* for a look-up in group_of_pod */
	VEC(struct named_port) ports;       /* of one pod */
	VEC(struct group *) groups;         /* those of pods */
	VEC(struct group *) endpoint_group; /* beside world.endpoints */
};

static struct label
label_of(struct builder *b, atom_t source, struct str key, struct str value)
{
	return (struct label){source, atom_intern(b->atoms, key),
	    atom_intern(b->atoms, value)};
}

/* The group of a label set, which must not change any more. */
static struct group *
group_of(struct builder *b, struct label_set *set)
{
	struct str text = label_set_seal(set, &b->seal, b->atoms);
	void **slot = map_put(&b->group_of, text.s, text.n);
	struct group *g = *slot;

	if (g == NULL) {
		*slot = g = ARENA_NEW(&b->scratch, struct group);
		*g = (struct group){.set = *set};
		g->text.s = arena_dup(&b->scratch, text.s, text.n);
		g->text.n = text.n;
	}
	arena_reset(&b->seal);
	return g;
}

/* Makes a group an identity; ids ascend from call to call. */
static struct identity *
add_identity(struct builder *b, struct group *g, uint32_t id)
{
	struct world *w = b->w;
	struct identity *n = vec_push(&w->idents, w->arena);
	uint32_t nlabels = (uint32_t)g->set.v.n;
	struct label *labels = ARENA_ARRAY(w->arena, struct label, nlabels);

	g->numbered = true;
	g->idx.i = (uint32_t)w->idents.n - 1;
	*n =
	    (struct identity){.id = {id}, .labels = labels, .nlabels = nlabels};
	for (uint32_t i = 0; i < nlabels; i++) {
		struct str key = atom_str(b->atoms, g->set.v.v[i].key);

		labels[i] = g->set.v.v[i];
		/* Whatever the source: semantics.md 9.1. */
		n->unenforced |= str_is(key, "host");
		n->always |= str_is(key, "init");
	}
	return n;
}

static const struct reserved {
	uint32_t id;
	const char *label[2];
} reserved_ids[] = {
    {SEC_ID_HOST, {"host"}},
    {SEC_ID_WORLD, {"world"}},
    {SEC_ID_UNMANAGED, {"unmanaged"}},
    {SEC_ID_HEALTH, {"health"}},
    {SEC_ID_INIT, {"init"}},
    {SEC_ID_REMOTE_NODE, {"remote-node"}},
    {SEC_ID_KUBE_APISERVER, {"kube-apiserver", "remote-node"}},
    {SEC_ID_INGRESS, {"ingress"}},
    {SEC_ID_WORLD_IPV4, {"world-ipv4"}},
    {SEC_ID_WORLD_IPV6, {"world-ipv6"}},
};

static void
add_reserved(struct builder *b)
{
	for (size_t i = 0; i < sizeof reserved_ids / sizeof *reserved_ids;
	     i++) {
		const struct reserved *r = &reserved_ids[i];
		struct label_set set = {0};

		for (int k = 0; k < 2 && r->label[k] != NULL; k++)
			label_set_put(&set, &b->scratch,
			    label_of(b, b->word->reserved, str_of(r->label[k]),
				STR("")));
		add_identity(b, group_of(b, &set), r->id);
	}
}

static void
put_filtered(struct builder *b, struct label_set *set, struct str key,
    struct str value)
{
	if (label_relevant(key, b->w->ir->opt.cilium))
		label_set_put(set, &b->scratch,
		    label_of(b, b->word->k8s, key, value));
}

static void
put_namespace_label(struct builder *b, struct label_set *set, struct str key,
    struct str value)
{
	static const char prefix[] = "io.cilium.k8s.namespace.labels.";

	put_filtered(b, set,
	    str_of(
		arena_printf(&b->scratch, "%s" STR_FMT, prefix, STR_ARG(key))),
	    value);
}

/* The labels that all pods of a namespace have. */
static const struct label_set *
common_labels(struct builder *b, struct str ns)
{
	const struct ast_str_map *labels = map_get(&b->namespaces, ns.s, ns.n);
	void **slot = map_put(&b->common, ns.s, ns.n);
	struct label_set *set = *slot;

	if (set != NULL)
		return set;
	*slot = set = ARENA_NEW(&b->scratch, struct label_set);
	/* The API server sets this one on every Namespace. */
	put_namespace_label(b, set, STR("kubernetes.io/metadata.name"), ns);
	for (uint32_t i = 0; labels != NULL && i < labels->n; i++)
		put_namespace_label(b, set, labels->v[i].key,
		    labels->v[i].value);
	put_filtered(b, set, STR("io.kubernetes.pod.namespace"), ns);
	put_filtered(b, set, STR("io.cilium.k8s.policy.cluster"),
	    b->w->ir->opt.cluster_name);
	return set;
}

/* Users cannot forge labels that Cilium gives. */
static bool
is_own_label(const struct builder *b, struct str key)
{
	return !str_starts(key, STR("io.cilium.k8s")) &&
	    label_relevant(key, b->w->ir->opt.cilium);
}

static struct str
service_account(const struct ast_pod *pod)
{
	return pod->spec != NULL ? pod->spec->service_account_name.v : STR("");
}

/* The order matters: later labels replace earlier ones of the same key. */
static void
put_pod_labels(struct builder *b, struct label_set *set, struct str ns,
    const struct ast_pod *pod)
{
	const struct ast_str_map *labels = &pod->metadata->labels;
	struct str account = service_account(pod);

	for (uint32_t i = 0; i < labels->n; i++) {
		if (is_own_label(b, labels->v[i].key))
			label_set_put(set, &b->scratch,
			    label_of(b, b->word->k8s, labels->v[i].key,
				labels->v[i].value));
	}
	VEC_FOREACH (l, &common_labels(b, ns)->v)
		label_set_put(set, &b->scratch, *l);
	if (account.n > 0)
		put_filtered(b, set, STR("io.cilium.k8s.policy.serviceaccount"),
		    account);
}

static void
put_key(struct buf *key, struct str part)
{
	buf_put(key, &part.n, sizeof part.n);
	buf_str(key, part);
}

/* Most pods are copies: the labels are put together once for all of them. */
static struct group *
group_of_pod(struct builder *b, struct str ns, const struct ast_pod *pod)
{
	const struct ast_str_map *labels = &pod->metadata->labels;
	struct label_set set = {0};
	struct group *g;
	void **slot;

	b->key.n = 0;
	put_key(&b->key, ns);
	put_key(&b->key, service_account(pod));
	for (uint32_t i = 0; i < labels->n; i++) {
		if (!is_own_label(b, labels->v[i].key))
			continue;
		put_key(&b->key, labels->v[i].key);
		put_key(&b->key, labels->v[i].value);
	}
	slot = map_put(&b->group_of_pod, b->key.p, b->key.n);
	if (*slot != NULL)
		return *slot;
	put_pod_labels(b, &set, ns, pod);
	*slot = g = group_of(b, &set);
	return g;
}

/* Pods that have run to their end have no endpoint any more. */
static bool
is_endpoint(const struct object *o)
{
	const struct ast_pod *pod = o->body;

	if (o->status != OBJECT_OK || o->kind != AST_POD)
		return false;
	if (pod->spec != NULL && pod->spec->host_network.v)
		return false;
	return pod->status == NULL ||
	    !(str_is(pod->status->phase.v, "Succeeded") ||
		str_is(pod->status->phase.v, "Failed"));
}

/* Room for it is there. */
static void
add_address(struct builder *b, struct ip *v, uint32_t *n,
    const struct ast_str *text)
{
	struct ip ip;

	if (!text->present || text->v.n == 0)
		return;
	if (!ip_parse(text->v, &ip)) {
		diag_bad_address(b->sink, text->at, text->v);
		return;
	}
	for (uint32_t i = 0; i < *n; i++) {
		if (memcmp(&v[i], &ip, sizeof ip) == 0)
			return;
	}
	v[(*n)++] = ip;
}

static void
add_addresses(struct builder *b, struct endpoint *e,
    const struct ast_pod_status *status)
{
	struct ip *v;

	if (status == NULL)
		return;
	v = ARENA_ARRAY(b->w->arena, struct ip, (size_t)status->pod_ips.n + 1);
	add_address(b, v, &e->nips, &status->pod_ip);
	for (uint32_t i = 0; i < status->pod_ips.n; i++)
		add_address(b, v, &e->nips, &status->pod_ips.v[i].ip);
	e->ips = v;
}

static int
compare_named_port(const void *pa, const void *pb)
{
	const struct named_port *a = pa, *b = pb;

	return (a->name.i > b->name.i) - (a->name.i < b->name.i);
}

static atom_t
lower_case(struct builder *b, struct str s)
{
	char *low = arena_dup(&b->scratch, s.s, s.n);

	for (size_t i = 0; i < s.n; i++)
		low[i] = (char)tolower((unsigned char)low[i]);
	return atom_intern(b->atoms, (struct str){low, s.n});
}

/* Of two ports with one name the later counts: semantics.md 10.3. */
static void
add_named_ports(struct builder *b, struct endpoint *e,
    const struct ast_container *c, uint32_t n)
{
	struct named_port *v;

	b->ports.n = 0;
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t k = 0; k < c[i].ports.n; k++) {
			const struct ast_container_port *p = &c[i].ports.v[k];
			struct named_port port = {.proto = 6};
			struct named_port *to = NULL;

			if (p->name.v.n == 0 || p->container_port.v <= 0 ||
			    p->container_port.v > UINT16_MAX ||
			    (p->protocol.present &&
				!ir_proto_parse(p->protocol.v, &port.proto)))
				continue;
			port.name = lower_case(b, p->name.v);
			port.port = (uint16_t)p->container_port.v;
			VEC_FOREACH (have, &b->ports) {
				if (atom_eq(have->name, port.name))
					to = have;
			}
			if (to == NULL)
				to = vec_push(&b->ports, &b->scratch);
			*to = port;
		}
	}
	if (b->ports.n == 0)
		return;
	v = ARENA_ARRAY(b->w->arena, struct named_port, b->ports.n);
	memcpy(v, b->ports.v, b->ports.n * sizeof *v);
	qsort(v, b->ports.n, sizeof *v, compare_named_port);
	e->ports = v;
	e->nports = (uint32_t)b->ports.n;
}

static int
compare_known_port(const void *pa, const void *pb)
{
	const struct known_port *a = pa, *b = pb;

	if (a->port.name.i != b->port.name.i)
		return a->port.name.i < b->port.name.i ? -1 : 1;
	if (a->port.proto != b->port.proto)
		return a->port.proto < b->port.proto ? -1 : 1;
	if (a->port.port != b->port.port)
		return a->port.port < b->port.port ? -1 : 1;
	return (a->ident.i > b->ident.i) - (a->ident.i < b->ident.i);
}

static void
list_known_ports(struct world *w)
{
	size_t n = 0;

	VEC_FOREACH (e, &w->endpoints)
		n += e->nports;
	w->known_ports.v = ARENA_ARRAY(w->arena, struct known_port, n);
	w->known_ports.cap = n;
	VEC_FOREACH (e, &w->endpoints) {
		for (uint32_t i = 0; i < e->nports; i++)
			*vec_push(&w->known_ports, w->arena) =
			    (struct known_port){e->ports[i], e->ident};
	}
	if (w->known_ports.n > 1)
		qsort(w->known_ports.v, w->known_ports.n,
		    sizeof *w->known_ports.v, compare_known_port);
}

static void
add_pod(struct builder *b, const struct object *o)
{
	const struct ast_pod *pod = o->body;
	struct endpoint *e = vec_push(&b->w->endpoints, b->w->arena);

	*e = (struct endpoint){.ns = o->ns, .name = o->name, .object = o};
	add_addresses(b, e, pod->status);
	if (pod->spec != NULL)
		add_named_ports(b, e, pod->spec->containers.v,
		    pod->spec->containers.n);
	*vec_push(&b->endpoint_group, &b->scratch) =
	    group_of_pod(b, o->ns, pod);
}

static void
add_pods(struct builder *b, const struct object_list *objects)
{
	struct world *w = b->w;
	size_t n = 0;

	VEC_FOREACH (o, &objects->v)
		n += is_endpoint(*o);
	w->endpoints.v = ARENA_ARRAY(w->arena, struct endpoint, n);
	w->endpoints.cap = n;
	VEC_FOREACH (o, &objects->v) {
		if (is_endpoint(*o))
			add_pod(b, *o);
	}
}

static int
compare_group(const void *a, const void *b)
{
	return str_cmp((*(struct group *const *)a)->text,
	    (*(struct group *const *)b)->text);
}

static void
number_pods(struct builder *b)
{
	uint32_t id = SEC_ID_POD_FIRST;

	for (uint32_t i = 0; i < b->group_of.n; i++) {
		struct group *g = b->group_of.entry[i].value;

		if (!g->numbered)
			*vec_push(&b->groups, &b->scratch) = g;
	}
	if (b->groups.n > 1)
		qsort(b->groups.v, b->groups.n, sizeof *b->groups.v,
		    compare_group);
	VEC_FOREACH (g, &b->groups)
		add_identity(b, *g, id++);
	for (size_t i = 0; i < b->w->endpoints.n; i++) {
		ident_idx_t idx = b->endpoint_group.v[i]->idx;

		b->w->endpoints.v[i].ident = idx;
		b->w->idents.v[idx.i].nendpoints++;
	}
}

static void
add_ipcache(struct world *w, const struct cidr *c, ident_idx_t idx)
{
	bool on = c->family == IP_V4 ? w->ir->opt.ipv4 : w->ir->opt.ipv6;

	if (on)
		*vec_push(&w->ipcache, w->arena) =
		    (struct ipcache_entry){*c, idx};
}

/* The label set of a prefix may be that of a reserved identity. */
static void
add_prefixes(struct builder *b, const struct object_list *objects)
{
	uint32_t id = SEC_ID_CIDR_FIRST;
	struct prefix_table t;

	prefix_table_init(&t, &b->scratch, b->w->ir);
	prefix_fill(&t, b->sink, objects);
	prefix_resolve(&t);
	VEC_FOREACH (p, &t.v) {
		struct group *g = group_of(b, &(*p)->labels);

		if (!g->numbered) {
			struct identity *n = add_identity(b, g, id++);

			n->has_prefix = true;
			n->prefix = (*p)->cidr;
		}
		add_ipcache(b->w, &(*p)->cidr, g->idx);
	}
}

static int
compare_ipcache(const void *pa, const void *pb)
{
	const struct ipcache_entry *a = pa, *b = pb;
	int c = cidr_cmp(&a->prefix, &b->prefix);

	/* A pod's address belongs to the pod, whatever a policy says. */
	return c ? c : (a->ident.i > b->ident.i) - (a->ident.i < b->ident.i);
}

static void
seal_ipcache(struct world *w)
{
	size_t n = 0;

	VEC_FOREACH (e, &w->endpoints) {
		for (uint32_t i = 0; i < e->nips; i++) {
			struct cidr c = cidr_of_ip(&e->ips[i]);

			add_ipcache(w, &c, e->ident);
		}
	}
	if (w->ipcache.n == 0)
		return;
	qsort(w->ipcache.v, w->ipcache.n, sizeof *w->ipcache.v,
	    compare_ipcache);
	for (size_t i = 0; i < w->ipcache.n; i++) {
		if (n == 0 ||
		    cidr_cmp(&w->ipcache.v[i].prefix,
			&w->ipcache.v[n - 1].prefix) != 0)
			w->ipcache.v[n++] = w->ipcache.v[i];
	}
	w->ipcache.n = n;
}

/* Says once for each kind that is read but not modelled. */
static void
note_unused(struct diag_sink *sink, const struct object_list *objects)
{
	const struct object *first[AST_CRON_JOB + 1] = {0};
	uint64_t count[AST_CRON_JOB + 1] = {0};

	for (size_t i = 0; i < objects->v.n; i++) {
		const struct object *o = objects->v.v[i];

		if (o->kind < AST_CONFIG_MAP || o->kind > AST_CRON_JOB)
			continue;
		/* Only one ConfigMap matters: the agent's settings. */
		if (o->kind == AST_CONFIG_MAP &&
		    !str_is(o->name, "cilium-config"))
			continue;
		if (count[o->kind]++ == 0)
			first[o->kind] = o;
	}
	for (int kind = AST_CONFIG_MAP; kind <= AST_CRON_JOB; kind++) {
		if (count[kind] > 0 && kind != AST_CILIUM_NODE)
			diag_kind_without_effect(sink, first[kind]->at,
			    first[kind]->kind_name, count[kind]);
	}
}

void
world_build(struct world *w, struct arena *a, struct diag_sink *sink,
    const struct ir *ir, const struct object_list *objects)
{
	struct builder b = {.w = w,
	    .sink = sink,
	    .atoms = ir->atoms,
	    .word = &ir->word};

	*w = (struct world){.arena = a, .ir = ir};
	map_init(&b.namespaces, &b.scratch);
	map_init(&b.common, &b.scratch);
	map_init(&b.group_of, &b.scratch);
	map_init(&b.group_of_pod, &b.scratch);
	buf_init(&b.key, &b.scratch);
	for (size_t i = 0; i < objects->v.n; i++) {
		const struct object *o = objects->v.v[i];
		const struct ast_namespace *ns = o->body;

		if (o->status == OBJECT_OK && o->kind == AST_NAMESPACE)
			*map_put(&b.namespaces, o->name.s, o->name.n) =
			    (void *)(uintptr_t)&ns->metadata->labels;
	}
	note_unused(sink, objects);
	add_pods(&b, objects);
	add_reserved(&b);
	number_pods(&b);
	add_prefixes(&b, objects);
	if (w->endpoints.n > 1)
		qsort(w->endpoints.v, w->endpoints.n, sizeof *w->endpoints.v,
		    endpoint_compare);
	seal_ipcache(w);
	list_known_ports(w);
	w->index = ident_index_new(a, w);
	arena_free(&b.seal);
	arena_free(&b.scratch);
}
