/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the world: runs the steps of build.h, then turns numbered label sets
 * into identities and lists who has which address.  Requires the rules of all
 * policies, whose prefixes get identities; leaves a world that is complete but
 * for what world_resolve() adds.
 */
#include "ident/build.h"

#include <stdlib.h>

#include "cilium/reserved.h"
#include "ident/endpoints.h"
#include "ident/index.h"
#include "ident/known_ports.h"
#include "ident/lock.h"
#include "ident/nodes.h"
#include "ident/prefix_fill.h"

static bool
is_host(const struct builder *b, const struct prefix *p)
{
	const struct ir *ir = b->w->ir;

	return label_set_has(&p->labels, ir->atoms, ir->word.reserved,
	    RESERVED_HOST);
}

/* The host's labels are those of all its addresses (semantics.md 5.1). */
static void
add_host(struct builder *b)
{
	const struct ir *ir = b->w->ir;
	struct label_set set = {0};

	label_set_put(&set, &b->scratch,
	    label_of(ir->atoms, ir->word.reserved, STR(RESERVED_HOST),
		STR("")));
	VEC_FOREACH (p, &b->prefixes.v) {
		if (!is_host(b, *p))
			continue;
		VEC_FOREACH (l, &(*p)->labels.v)
			label_set_add(&set, &b->scratch, *l);
	}
	b->host = numbering_labels(&b->numbering, &set);
	numbering_assign(&b->numbering, b->host, SEC_ID_HOST);
}

static void
add_ipcache(struct world *w, const struct cidr *c, ident_idx_t idx)
{
	if (ir_has_family(&w->ir->opt, c->family))
		*vec_push(&w->ipcache, w->arena) =
		    (struct ipcache_entry){*c, idx};
}

static int
compare_id(const void *pa, const void *pb)
{
	const struct numbered_labels *a = *(struct numbered_labels *const *)pa;
	const struct numbered_labels *b = *(struct numbered_labels *const *)pb;

	return (a->id > b->id) - (a->id < b->id);
}

static void
add_identity(struct builder *b, struct numbered_labels *from)
{
	struct world *w = b->w;
	struct identity *n = vec_push(&w->idents, w->arena);
	uint32_t nlabels = (uint32_t)from->set.v.n;
	struct label *labels = ARENA_ARRAY(w->arena, struct label, nlabels);

	from->idx.i = (uint32_t)w->idents.n - 1;
	*n = (struct identity){.id = {from->id},
	    .labels = labels,
	    .nlabels = nlabels};
	if (from->cidr) {
		n->has_prefix = true;
		n->prefix = *from->cidr;
	}
	for (uint32_t i = 0; i < nlabels; i++) {
		struct str key = atom_str(w->ir->atoms, from->set.v.v[i].key);

		labels[i] = from->set.v.v[i];
		/* From any source: semantics.md 9.1. */
		n->unenforced |=
		    str_is(key, RESERVED_HOST) && !w->ir->opt.host_firewall;
		n->always |= str_is(key, RESERVED_INIT);
	}
}

/* Makes the numbered label sets identities. */
static void
add_identities(struct builder *b)
{
	const struct map *sets = &b->numbering.by_text;
	VEC(struct numbered_labels *) all = {0};

	for (uint32_t i = 0; i < sets->n; i++)
		*vec_push(&all, &b->scratch) = sets->entry[i].value;
	VEC_FOREACH (twin, &b->numbering.twins)
		*vec_push(&all, &b->scratch) = *twin;
	qsort(all.v, all.n, sizeof(*all.v), compare_id);
	VEC_FOREACH (labels, &all)
		add_identity(b, *labels);
	for (size_t i = 0; i < b->w->endpoints.n; i++) {
		ident_idx_t idx = b->endpoint_labels.v[i]->idx;

		b->w->endpoints.v[i].ident = idx;
		b->w->idents.v[idx.i].nendpoints++;
	}
}

/* Snapshots mostly have them in order, and to move them takes long. */
static void
sort_endpoints(struct world *w)
{
	const struct endpoint *v = w->endpoints.v;
	size_t n = 1;

	while (n < w->endpoints.n && endpoint_compare(&v[n - 1], &v[n]) <= 0)
		n++;
	if (n < w->endpoints.n)
		qsort(w->endpoints.v, w->endpoints.n, sizeof(*w->endpoints.v),
		    endpoint_compare);
}

static int
compare_ipcache(const void *pa, const void *pb)
{
	const struct ipcache_entry *a = pa, *b = pb;
	int c = cidr_compare(&a->prefix, &b->prefix);

	/* A pod's address is the pod's, even if a policy names it. */
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

/* The label set of a prefix, which may be one that has a number. */
static struct numbered_labels *
prefix_labels(struct builder *b, struct prefix *p)
{
	struct numbered_labels *labels;

	if (is_host(b, p))
		return b->host;
	labels = numbering_labels(&b->numbering, &p->labels);
	numbering_prefix(&b->numbering, labels, &p->cidr);
	return labels;
}

void
world_build(struct world *w, struct arena *a, struct diag_sink *sink,
    const struct ir *ir, const struct object_list *objects)
{
	struct builder b = {.w = w, .sink = sink, .objects = objects};
	VEC(struct numbered_labels *) of_prefix = {0};
	struct prefix_table *t = &b.prefixes;

	*w = (struct world){.arena = a, .ir = ir};
	numbering_init(&b.numbering, &b.scratch, sink, ir);
	nodes_build(&b);
	prefix_table_init(t, &b.scratch, ir);
	prefix_fill(t, sink, w, objects);
	prefix_resolve(t);
	/* The order matters: the first set with a number keeps it. */
	add_host(&b);
	numbering_add_reserved(&b.numbering);
	numbering_add_identities(&b.numbering, objects);
	endpoints_build(&b);
	lock_numbers(&b.numbering, objects);
	if (ir->opt.well_known)
		numbering_well_known(&b.numbering);
	numbering_pods(&b.numbering);
	VEC_FOREACH (p, &t->v)
		*vec_push(&of_prefix, &b.scratch) = prefix_labels(&b, *p);
	add_identities(&b);
	for (size_t i = 0; i < t->v.n; i++)
		add_ipcache(w, &t->v.v[i]->cidr, of_prefix.v[i]->idx);
	sort_endpoints(w);
	seal_ipcache(w);
	known_ports_list(w);
	w->aggregates = aggregates_new(a, w);
	w->index = ident_index_new(a, w);
	numbering_free(&b.numbering);
	arena_free(&b.scratch);
}
