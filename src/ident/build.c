/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From label sets to numbered identities.  Order of numbers: architecture.md 7;
 * labels: semantics.md 4.1, 5.1, 5.2, 6.2.
 */
#include "ident/build.h"

#include <assert.h>
#include <stdlib.h>

#include "base/num.h"
#include "cilium/labels.h"
#include "cilium/reserved.h"
#include "diag_gen.h"
#include "ident/index.h"
#include "ident/prefix.h"

struct label
build_label(struct builder *b, atom_t source, struct str key, struct str value)
{
	return (struct label){source, atom_intern(b->atoms, key),
	    atom_intern(b->atoms, value)};
}

struct group *
build_group(struct builder *b, struct label_set *set)
{
	struct str text = label_set_seal(set, &b->seal, b->atoms);
	void **slot = map_put(&b->group_of, text.s, text.n);
	struct group *g = *slot;

	if (!g) {
		const struct map_entry *e =
		    &b->group_of.entry[b->group_of.n - 1];

		*slot = g = ARENA_NEW(&b->scratch, struct group);
		*g = (struct group){.set = *set, .text = {e->key, e->len}};
	}
	arena_reset(&b->seal);
	return g;
}

/* Gives a group without a number one that no other has. */
static void
number(struct builder *b, struct group *g, uint32_t id)
{
	g->id = id;
	*map_put(&b->group_by_id, &id, sizeof(id)) = g;
}

void
build_fix_number(struct builder *b, struct group *g, uint32_t id,
    struct span at)
{
	const struct group *other = map_get(&b->group_by_id, &id, sizeof(id));
	struct diag *d;

	if (g->id == 0 && !other) {
		number(b, g, id);
		g->at = at;
	} else if (other && other != g) {
		d = diag_identity_conflict(b->sink, at, id, g->text);
		diag_note(b->sink, d, other->at, "here it has " STR_FMT,
		    STR_ARG(other->text));
	} else if (g->id != id) {
		d = diag_identity_twice(b->sink, at, g->text, id, g->id);
		diag_note(b->sink, d, g->at, "the first one is here");
	}
}

static void
add_reserved(struct builder *b)
{
	for (size_t i = 0; i < nreserved_identities; i++) {
		const struct reserved_identity *r = &reserved_identities[i];
		struct label_set set = {0};

		for (int k = 0; k < 2 && r->label[k]; k++)
			label_set_put(&set, &b->scratch,
			    build_label(b, b->word->reserved,
				str_of(r->label[k]), STR("")));
		number(b, build_group(b, &set), r->id);
	}
}

static bool
has_reserved(const struct builder *b, const struct prefix *p, const char *name)
{
	VEC_FOREACH (l, &p->labels.v) {
		if (atom_eq(l->source, b->word->reserved) &&
		    str_is(atom_str(b->atoms, l->key), name))
			return true;
	}
	return false;
}

/* The host's labels are those of all its addresses (semantics.md 5.1). */
static void
add_host(struct builder *b, const struct prefix_table *t)
{
	struct label_set set = {0};

	label_set_put(&set, &b->scratch,
	    build_label(b, b->word->reserved, STR(RESERVED_HOST), STR("")));
	VEC_FOREACH (p, &t->v) {
		if (!has_reserved(b, *p, RESERVED_HOST))
			continue;
		VEC_FOREACH (l, &(*p)->labels.v)
			label_set_add(&set, &b->scratch, *l);
	}
	b->host = build_group(b, &set);
	number(b, b->host, SEC_ID_HOST);
}

/* CiliumIdentity objects: numbers that the cluster has given. */
static void
add_cluster_identities(struct builder *b)
{
	OBJECT_FOREACH (o, b->objects, AST_CILIUM_IDENTITY) {
		const struct ast_cilium_identity *body = o->body;
		struct label_set set = {0};
		uint64_t id;

		if (!num_u64(o->name, SEC_ID_CIDR_FIRST - 2, &id) ||
		    id < SEC_ID_POD_FIRST) {
			diag_bad_identity_number(b->sink, o->name_at, o->name);
			continue;
		}
		for (uint32_t i = 0; i < body->security_labels.n; i++) {
			const struct ast_str_pair *l =
			    &body->security_labels.v[i];
			struct str source, key, none;

			label_split(l->key, &source, &key, &none);
			label_set_put(&set, &b->scratch,
			    build_label(b, atom_intern(b->atoms, source), key,
				l->value));
		}
		build_fix_number(b, build_group(b, &set), (uint32_t)id,
		    o->name_at);
	}
}

static void
put_k8s(struct builder *b, struct label_set *set, const char *key,
    struct str value)
{
	label_set_put(set, &b->scratch,
	    build_label(b, b->word->k8s, str_of(key), value));
}

/* Label sets that have a number wherever they occur: semantics.md 5.2. */
static void
number_well_known(struct builder *b)
{
	for (size_t i = 0; i < nwell_known_identities; i++) {
		const struct well_known_identity *k = &well_known_identities[i];
		char *words =
		    arena_dup(&b->scratch, k->labels, strlen(k->labels));
		struct label_set set = {0};
		struct str text;
		struct group *g;

		for (char *w; (w = strsep(&words, " "));) {
			const char *key = strsep(&w, "=");

			put_k8s(b, &set, key, str_of(w));
		}
		put_k8s(b, &set, LABEL_ACCOUNT, str_of(k->account));
		put_k8s(b, &set, LABEL_NAMESPACE, STR(WELL_KNOWN_NAMESPACE));
		put_k8s(b, &set, LABEL_CLUSTER, b->w->ir->opt.cluster_name);
		if (k->namespace_label)
			put_k8s(b, &set, LABEL_OF_NAMESPACE LABEL_METADATA_NAME,
			    STR(WELL_KNOWN_NAMESPACE));
		text = label_set_seal(&set, &b->seal, b->atoms);
		g = map_get(&b->group_of, text.s, text.n);
		if (g && g->id == 0)
			number(b, g, k->id);
		arena_reset(&b->seal);
	}
}

static int
compare_group(const void *a, const void *b)
{
	return str_compare((*(struct group *const *)a)->text,
	    (*(struct group *const *)b)->text);
}

/* Pods' label sets get the next free number, in the order of their texts. */
static void
number_pods(struct builder *b)
{
	VEC(struct group *) rest = {0};
	uint32_t id = SEC_ID_POD_FIRST;

	for (uint32_t i = 0; i < b->group_of.n; i++) {
		struct group *g = b->group_of.entry[i].value;

		if (g->id == 0)
			*vec_push(&rest, &b->scratch) = g;
	}
	if (rest.n > 1)
		qsort(rest.v, rest.n, sizeof(*rest.v), compare_group);
	VEC_FOREACH (g, &rest) {
		while (map_get(&b->group_by_id, &id, sizeof(id)))
			id++;
		number(b, *g, id);
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

/* The group of a prefix; its label set may be one that has a number. */
static struct group *
group_of_prefix(struct builder *b, struct prefix *p, uint32_t next[2])
{
	struct group *g = has_reserved(b, p, RESERVED_HOST)
	    ? b->host
	    : build_group(b, &p->labels);
	uint32_t *id, locked;

	if (g->id != 0)
		return g;
	g->cidr = &p->cidr;
	id = &next[has_reserved(b, p, RESERVED_REMOTE_NODE)];
	if (build_locked_number(b, g, *id, &locked)) {
		number(b, g, locked);
		return g;
	}
	while (map_get(&b->group_by_id, id, sizeof(*id)))
		++*id;
	number(b, g, (*id)++);
	return g;
}

static int
compare_id(const void *pa, const void *pb)
{
	const struct group *a = *(struct group *const *)pa;
	const struct group *b = *(struct group *const *)pb;

	return (a->id > b->id) - (a->id < b->id);
}

static void
add_identity(struct builder *b, struct group *g)
{
	struct world *w = b->w;
	struct identity *n = vec_push(&w->idents, w->arena);
	uint32_t nlabels = (uint32_t)g->set.v.n;
	struct label *labels = ARENA_ARRAY(w->arena, struct label, nlabels);

	g->idx.i = (uint32_t)w->idents.n - 1;
	*n = (struct identity){.id = {g->id},
	    .labels = labels,
	    .nlabels = nlabels};
	if (g->cidr) {
		n->has_prefix = true;
		n->prefix = *g->cidr;
	}
	for (uint32_t i = 0; i < nlabels; i++) {
		struct str key = atom_str(b->atoms, g->set.v.v[i].key);

		labels[i] = g->set.v.v[i];
		/* Whatever the source: semantics.md 9.1. */
		n->unenforced |=
		    str_is(key, RESERVED_HOST) && !w->ir->opt.host_firewall;
		n->always |= str_is(key, RESERVED_INIT);
	}
}

/* Makes the numbered groups identities. */
static void
add_identities(struct builder *b)
{
	VEC(struct group *) all = {0};

	for (uint32_t i = 0; i < b->group_of.n; i++)
		*vec_push(&all, &b->scratch) = b->group_of.entry[i].value;
	qsort(all.v, all.n, sizeof(*all.v), compare_id);
	VEC_FOREACH (g, &all)
		add_identity(b, *g);
	for (size_t i = 0; i < b->w->endpoints.n; i++) {
		ident_idx_t idx = b->endpoint_group.v[i]->idx;

		b->w->endpoints.v[i].ident = idx;
		b->w->idents.v[idx.i].nendpoints++;
	}
}

static int
compare_ipcache(const void *pa, const void *pb)
{
	const struct ipcache_entry *a = pa, *b = pb;
	int c = cidr_compare(&a->prefix, &b->prefix);

	/* A pod's address belongs to the pod, whatever a policy says. */
	return c ? c : (a->ident.i > b->ident.i) - (a->ident.i < b->ident.i);
}

static void
seal_ipcache(struct world *w)
{
	size_t n = 0;

	VEC_FOREACH (e, &w->endpoints) {
		for (uint32_t i = 0; i < e->nips && !e->host; i++) {
			struct cidr c = cidr_of_ip(&e->ips[i]);

			add_ipcache(w, &c, e->ident);
		}
	}
	if (w->ipcache.n == 0)
		return;
	qsort(w->ipcache.v, w->ipcache.n, sizeof(*w->ipcache.v),
	    compare_ipcache);
	for (size_t i = 0; i < w->ipcache.n; i++) {
		if (n == 0 ||
		    cidr_compare(&w->ipcache.v[i].prefix,
			&w->ipcache.v[n - 1].prefix) != 0)
			w->ipcache.v[n++] = w->ipcache.v[i];
	}
	w->ipcache.n = n;
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
		    sizeof(*w->known_ports.v), compare_known_port);
}

void
world_build(struct world *w, struct arena *a, struct diag_sink *sink,
    const struct ir *ir, const struct object_list *objects)
{
	struct builder b = {.w = w,
	    .sink = sink,
	    .atoms = ir->atoms,
	    .word = &ir->word,
	    .objects = objects};
	uint32_t next[2] = {SEC_ID_CIDR_FIRST, SEC_ID_NODE_FIRST};
	struct prefix_table t;
	VEC(struct group *) of_prefix = {0};

	*w = (struct world){.arena = a, .ir = ir};
	map_init(&b.group_of, &b.scratch);
	map_init(&b.group_by_id, &b.scratch);
	map_init(&b.locked, &b.scratch);
	b.filter =
	    label_filter_new(&b.scratch, ir->opt.label_filter, ir->opt.cilium);
	build_nodes(&b);
	prefix_table_init(&t, &b.scratch, ir);
	prefix_fill(&t, sink, w, objects);
	prefix_resolve(&t);
	add_host(&b, &t);
	add_reserved(&b);
	add_cluster_identities(&b);
	build_endpoints(&b);
	build_lock_numbers(&b);
	if (ir->opt.well_known)
		number_well_known(&b);
	number_pods(&b);
	VEC_FOREACH (p, &t.v)
		*vec_push(&of_prefix, &b.scratch) =
		    group_of_prefix(&b, *p, next);
	add_identities(&b);
	for (size_t i = 0; i < t.v.n; i++)
		add_ipcache(w, &t.v.v[i]->cidr, of_prefix.v[i]->idx);
	if (w->endpoints.n > 1)
		qsort(w->endpoints.v, w->endpoints.n, sizeof(*w->endpoints.v),
		    endpoint_compare);
	seal_ipcache(w);
	list_known_ports(w);
	w->index = ident_index_new(a, w);
	arena_free(&b.seal);
	arena_free(&b.scratch);
}
