/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From snapshot objects and prefixes to numbered identities.  Order of
 * numbers: architecture 7; labels: semantics.md 4.1, 5.1, 6.2.
 */
#include "ident/ident.h"

#include <assert.h>
#include <stdlib.h>

#include "diag_gen.h"
#include "ident/index.h"
#include "ident/labels.h"

/* An identity before it has a number. */
struct group {
	struct str text; /* sealed label set */
	const struct label *labels;
	uint32_t nlabels;
	ident_idx_t idx;
};

/* What building needs besides the world itself. */
struct builder {
	struct world *w;
	struct atom_table *atoms;
	const struct ir_words *word;
	struct map namespaces; /* name -> const struct ast_str_map * */
	struct map group_of;   /* sealed text -> struct group * */
	VEC(struct group *) groups;
	VEC(struct group *) endpoint_group; /* beside world.endpoints */
};

static struct label
label_of(struct builder *b, atom_t source, struct str key, struct str value)
{
	return (struct label){source, atom_intern(b->atoms, key),
	    atom_intern(b->atoms, value)};
}

/* An identity's labels are final once it is listed. */
static struct identity *
add_identity(struct builder *b, uint32_t id, const struct label *labels,
    uint32_t nlabels)
{
	struct identity *n = vec_push(&b->w->idents, b->w->arena);

	*n =
	    (struct identity){.id = {id}, .labels = labels, .nlabels = nlabels};
	for (uint32_t i = 0; i < nlabels; i++) {
		struct str key = atom_str(b->atoms, labels[i].key);

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
	struct arena *a = b->w->arena;

	for (size_t i = 0; i < sizeof reserved_ids / sizeof *reserved_ids;
	     i++) {
		const struct reserved *r = &reserved_ids[i];
		struct label_set set = {0};

		for (int k = 0; k < 2 && r->label[k] != NULL; k++)
			label_set_put(&set, a,
			    label_of(b, b->word->reserved, str_of(r->label[k]),
				STR("")));
		add_identity(b, r->id, set.v.v, (uint32_t)set.v.n);
	}
}

static void
put_filtered(struct builder *b, struct label_set *set, struct str key,
    struct str value)
{
	if (label_relevant(key, b->w->ir->opt.cilium))
		label_set_put(set, b->w->arena,
		    label_of(b, b->word->k8s, key, value));
}

static void
put_namespace_labels(struct builder *b, struct label_set *set, struct str ns)
{
	static const char name_label[] = "kubernetes.io/metadata.name";
	static const char prefix[] = "io.cilium.k8s.namespace.labels.";
	const struct ast_str_map *labels = map_get(&b->namespaces, ns.s, ns.n);
	struct arena *a = b->w->arena;

	/* The API server sets this one on every Namespace. */
	put_filtered(b, set,
	    str_of(arena_printf(a, "%s%s", prefix, name_label)), ns);
	for (uint32_t i = 0; labels != NULL && i < labels->n; i++)
		put_filtered(b, set,
		    str_of(arena_printf(a, "%s" STR_FMT, prefix,
			STR_ARG(labels->v[i].key))),
		    labels->v[i].value);
}

/* The order matters: later labels replace earlier ones of the same key. */
static void
pod_labels(struct builder *b, struct label_set *set, const struct object *o,
    const struct ast_pod *pod)
{
	const struct ir_options *opt = &b->w->ir->opt;
	const struct ast_str_map *labels = &pod->metadata->labels;

	for (uint32_t i = 0; i < labels->n; i++) {
		if (!str_starts(labels->v[i].key, STR("io.cilium.k8s")))
			put_filtered(b, set, labels->v[i].key,
			    labels->v[i].value);
	}
	put_namespace_labels(b, set, o->ns);
	put_filtered(b, set, STR("io.kubernetes.pod.namespace"), o->ns);
	if (pod->spec != NULL && pod->spec->service_account_name.v.n > 0)
		put_filtered(b, set, STR("io.cilium.k8s.policy.serviceaccount"),
		    pod->spec->service_account_name.v);
	put_filtered(b, set, STR("io.cilium.k8s.policy.cluster"),
	    opt->cluster_name);
}

static struct group *
group_of(struct builder *b, struct label_set *set)
{
	struct str text = label_set_seal(set, b->w->arena, b->atoms);
	void **slot = map_put(&b->group_of, text.s, text.n);
	struct group *g = *slot;

	if (g == NULL) {
		*slot = g = ARENA_NEW(b->w->arena, struct group);
		*g = (struct group){.text = text,
		    .labels = set->v.v,
		    .nlabels = (uint32_t)set->v.n};
		*vec_push(&b->groups, b->w->arena) = g;
	}
	return g;
}

/* Pods that have run to their end have no endpoint any more. */
static bool
is_endpoint(const struct ast_pod *pod)
{
	if (pod->spec != NULL && pod->spec->host_network.v)
		return false;
	return pod->status == NULL ||
	    !(str_is(pod->status->phase.v, "Succeeded") ||
		str_is(pod->status->phase.v, "Failed"));
}

typedef VEC(struct ip) ip_vec;

static void
add_ip(struct builder *b, struct diag_sink *sink, ip_vec *ips,
    const struct ast_str *text)
{
	struct ip ip;

	if (!text->present || text->v.n == 0)
		return;
	if (!ip_parse(text->v, &ip)) {
		diag_bad_address(sink, text->at, text->v);
		return;
	}
	VEC_FOREACH (have, ips) {
		if (memcmp(have, &ip, sizeof ip) == 0)
			return;
	}
	*vec_push(ips, b->w->arena) = ip;
}

static void
add_pod(struct builder *b, struct diag_sink *sink, const struct object *o)
{
	const struct ast_pod *pod = o->body;
	struct arena *a = b->w->arena;
	struct label_set set = {0};
	ip_vec ips = {0};
	struct endpoint *e;

	if (!is_endpoint(pod))
		return;
	if (pod->status != NULL) {
		add_ip(b, sink, &ips, &pod->status->pod_ip);
		for (uint32_t i = 0; i < pod->status->pod_ips.n; i++)
			add_ip(b, sink, &ips, &pod->status->pod_ips.v[i].ip);
	}
	e = vec_push(&b->w->endpoints, a);
	*e = (struct endpoint){.ns = o->ns,
	    .name = o->name,
	    .object = o,
	    .ips = ips.v,
	    .nips = (uint32_t)ips.n};
	pod_labels(b, &set, o, pod);
	*vec_push(&b->endpoint_group, a) = group_of(b, &set);
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

	if (b->groups.n > 1)
		qsort(b->groups.v, b->groups.n, sizeof *b->groups.v,
		    compare_group);
	for (size_t i = 0; i < b->groups.n; i++) {
		struct group *g = b->groups.v[i];

		g->idx.i = (uint32_t)b->w->idents.n;
		add_identity(b, id++, g->labels, g->nlabels);
	}
	for (size_t i = 0; i < b->w->endpoints.n; i++) {
		ident_idx_t idx = b->endpoint_group.v[i]->idx;

		b->w->endpoints.v[i].ident = idx;
		b->w->idents.v[idx.i].nendpoints++;
	}
}

static int
compare_endpoint(const void *pa, const void *pb)
{
	const struct endpoint *a = pa, *b = pb;
	int c = str_cmp(a->ns, b->ns);

	return c ? c : str_cmp(a->name, b->name);
}

static int
compare_prefix(const void *a, const void *b)
{
	return cidr_cmp(&((const struct ir_prefix *)a)->cidr,
	    &((const struct ir_prefix *)b)->cidr);
}

static void
add_cidr(struct builder *b, const struct cidr *c, uint32_t id)
{
	struct arena *a = b->w->arena;
	struct label_set set = {0};
	char text[CIDR_STRLEN];
	struct identity *n;

	label_set_put(&set, a,
	    label_of(b, b->word->cidr, str_of(cidr_print(c, text)), STR("")));
	label_set_put(&set, a,
	    label_of(b, b->word->reserved,
		ir_world_label(&b->w->ir->opt, c->family), STR("")));
	label_set_seal(&set, a, b->atoms);
	n = add_identity(b, id, set.v.v, (uint32_t)set.v.n);
	n->has_prefix = true;
	n->prefix = *c;
}

static void
add_ipcache(struct world *w, const struct cidr *c, ident_idx_t idx)
{
	bool on = c->family == IP_V4 ? w->ir->opt.ipv4 : w->ir->opt.ipv6;

	if (on)
		*vec_push(&w->ipcache, w->arena) =
		    (struct ipcache_entry){*c, idx};
}

static void
add_cidrs(struct builder *b)
{
	const struct ir *ir = b->w->ir;
	struct ir_prefix *v =
	    ARENA_ARRAY(b->w->arena, struct ir_prefix, ir->prefixes.n);
	uint32_t id = SEC_ID_CIDR_FIRST;

	if (ir->prefixes.n == 0)
		return;
	memcpy(v, ir->prefixes.v, ir->prefixes.n * sizeof *v);
	qsort(v, ir->prefixes.n, sizeof *v, compare_prefix);
	for (size_t i = 0; i < ir->prefixes.n; i++) {
		if (i > 0 && cidr_cmp(&v[i].cidr, &v[i - 1].cidr) == 0)
			continue;
		add_ipcache(b->w, &v[i].cidr,
		    (ident_idx_t){(uint32_t)b->w->idents.n});
		add_cidr(b, &v[i].cidr, id++);
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

void
world_build(struct world *w, struct arena *a, struct diag_sink *sink,
    const struct ir *ir, const struct object_list *objects)
{
	struct builder b = {.w = w, .atoms = ir->atoms, .word = &ir->word};

	*w = (struct world){.arena = a, .ir = ir};
	map_init(&b.namespaces, a);
	map_init(&b.group_of, a);
	for (size_t i = 0; i < objects->v.n; i++) {
		const struct object *o = objects->v.v[i];
		const struct ast_namespace *ns = o->body;

		if (o->status == OBJECT_OK && o->kind == AST_NAMESPACE)
			*map_put(&b.namespaces, o->name.s, o->name.n) =
			    (void *)(uintptr_t)&ns->metadata->labels;
	}
	for (size_t i = 0; i < objects->v.n; i++) {
		const struct object *o = objects->v.v[i];

		if (o->status == OBJECT_OK && o->kind == AST_POD)
			add_pod(&b, sink, o);
	}
	add_reserved(&b);
	number_pods(&b);
	add_cidrs(&b);
	if (w->endpoints.n > 1)
		qsort(w->endpoints.v, w->endpoints.n, sizeof *w->endpoints.v,
		    compare_endpoint);
	seal_ipcache(w);
	w->index = ident_index_new(a, w);
}

void
world_resolve(struct world *w)
{
	size_t n = w->ir->selectors.n;

	w->resolved = ARENA_ARRAY(w->arena, const struct bitset *, n);
	for (size_t i = 0; i < n; i++)
		w->resolved[i] = ident_index_select(w->index, w->arena,
		    w->ir->selectors.v[i]);
}

const struct bitset *
world_selected(const struct world *w, const struct ir_selector *s)
{
	return w->resolved[s->index];
}

bool
world_find_id(const struct world *w, sec_id_t id, ident_idx_t *ret_idx)
{
	size_t lo = 0, hi = w->idents.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (w->idents.v[mid].id.id < id.id)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == w->idents.n || w->idents.v[lo].id.id != id.id)
		return false;
	ret_idx->i = (uint32_t)lo;
	return true;
}

const struct endpoint *
world_find_endpoint(const struct world *w, struct str ns, struct str name)
{
	struct endpoint key = {.ns = ns, .name = name};

	if (w->endpoints.n == 0)
		return NULL;
	return bsearch(&key, w->endpoints.v, w->endpoints.n, sizeof key,
	    compare_endpoint);
}

bool
world_find_reserved(const struct world *w, struct str name,
    ident_idx_t *ret_idx)
{
	for (size_t i = 0; i < sizeof reserved_ids / sizeof *reserved_ids;
	     i++) {
		if (str_is(name, reserved_ids[i].label[0]))
			return world_find_id(w, (sec_id_t){reserved_ids[i].id},
			    ret_idx);
	}
	return false;
}

static struct cidr
covering(const struct ip *ip, unsigned bits)
{
	struct cidr c = cidr_of_ip(ip);

	c.bits = (uint8_t)bits;
	for (unsigned i = 0; i < sizeof c.addr; i++) {
		unsigned keep = bits > i * 8 ? bits - i * 8 : 0;

		if (keep < 8)
			c.addr[i] &= (uint8_t)(0xff00 >> keep);
	}
	return c;
}

ident_idx_t
world_of_ip(const struct world *w, const struct ip *ip, struct cidr *ret_prefix)
{
	struct str miss = ir_world_label(&w->ir->opt, ip->family);
	ident_idx_t idx;
	bool found;

	for (unsigned bits = ip_width(ip->family); bits > 0; bits--) {
		struct ipcache_entry key = {.prefix = covering(ip, bits)};
		size_t lo = 0, hi = w->ipcache.n;

		while (lo < hi) {
			size_t mid = lo + (hi - lo) / 2;

			if (cidr_cmp(&w->ipcache.v[mid].prefix, &key.prefix) <
			    0)
				lo = mid + 1;
			else
				hi = mid;
		}
		if (lo < w->ipcache.n &&
		    cidr_cmp(&w->ipcache.v[lo].prefix, &key.prefix) == 0) {
			*ret_prefix = key.prefix;
			return w->ipcache.v[lo].ident;
		}
	}
	*ret_prefix = covering(ip, 0);
	found = world_find_reserved(w, miss, &idx);
	assert(found);
	return idx;
}

struct str
identity_print(struct arena *a, const struct world *w, ident_idx_t idx)
{
	const struct identity *n = world_identity(w, idx);
	const struct atom_table *atoms = w->ir->atoms;
	struct str ns = STR(""), key;
	struct buf own, out;

	buf_init(&own, a);
	buf_init(&out, a);
	for (uint32_t i = 0; i < n->nlabels; i++) {
		const struct label *l = &n->labels[i];

		if (!atom_eq(l->source, w->ir->word.k8s)) {
			if (out.n > 0)
				buf_putc(&out, ',');
			buf_str(&out, label_print(a, atoms, l));
			continue;
		}
		key = atom_str(atoms, l->key);
		if (atom_eq(l->key, w->ir->word.pod_namespace))
			ns = atom_str(atoms, l->value);
		if (str_starts(key, STR("io.cilium.k8s")) ||
		    str_starts(key, STR("io.kubernetes.pod")))
			continue;
		buf_printf(&own, "%s" STR_FMT "=" STR_FMT, own.n > 0 ? "," : "",
		    STR_ARG(key), STR_ARG(atom_str(atoms, l->value)));
	}
	if (ns.n > 0) {
		buf_printf(&out, STR_FMT "/" STR_FMT, STR_ARG(ns),
		    STR_ARG(buf_as_str(&own)));
	}
	return buf_as_str(&out);
}

void
world_dump(struct buf *out, const struct world *w)
{
	struct arena *a = out->arena;
	char text[CIDR_STRLEN];

	VEC_FOREACH (n, &w->idents) {
		buf_printf(out, "identity %u", n->id.id);
		for (uint32_t i = 0; i < n->nlabels; i++) {
			struct str l =
			    label_print(a, w->ir->atoms, &n->labels[i]);

			buf_printf(out, " " STR_FMT, STR_ARG(l));
		}
		buf_putc(out, '\n');
	}
	VEC_FOREACH (e, &w->endpoints)
		buf_printf(out, "endpoint " STR_FMT "/" STR_FMT " %u\n",
		    STR_ARG(e->ns), STR_ARG(e->name),
		    world_identity(w, e->ident)->id.id);
	VEC_FOREACH (e, &w->ipcache)
		buf_printf(out, "ipcache %s %u\n", cidr_print(&e->prefix, text),
		    world_identity(w, e->ident)->id.id);
}
