/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of prefixes, and what a prefix inherits from those around it.
 */
#include "ident/prefix.h"

#include <stdlib.h>

#include "cilium/reserved.h"
#include "cilium/version.h"

void
prefix_table_init(struct prefix_table *t, struct arena *a, const struct ir *ir)
{
	*t = (struct prefix_table){.arena = a, .ir = ir};
	map_init(&t->by_cidr, a);
}

void
prefix_add(struct prefix_table *t, const struct cidr *c, atom_t source,
    struct str key, struct str value)
{
	void **slot = map_put(&t->by_cidr, c, sizeof(*c));
	struct prefix *p = *slot;

	if (!p) {
		*slot = p = ARENA_NEW(t->arena, struct prefix);
		p->cidr = *c;
		*vec_push(&t->v, t->arena) = p;
	}
	label_set_add(&p->labels, t->arena,
	    label_of(t->ir->atoms, source, key, value));
}

static int
compare_prefix(const void *a, const void *b)
{
	return cidr_compare(&(*(struct prefix *const *)a)->cidr,
	    &(*(struct prefix *const *)b)->cidr);
}

/*
 * Containment decides what a CIDR rule selects, so the longest cidr label
 * says all that the shorter ones would.
 */
static void
inherit(struct prefix_table *t, struct prefix *p, const struct prefix *parent)
{
	atom_t cidr = t->ir->word.cidr;
	bool has_cidr = false;

	VEC_FOREACH (l, &p->labels.v)
		has_cidr |= atom_eq(l->source, cidr);
	VEC_FOREACH (l, &parent->labels.v) {
		if (!has_cidr || !atom_eq(l->source, cidr))
			label_set_add(&p->labels, t->arena, *l);
	}
}

/*
 * A prefix comes after all that contain it, so the stack holds what is around
 * the current one, and the top of it has all labels of the others.
 */
static void
inherit_all(struct prefix_table *t)
{
	struct prefix *stack[129]; /* one for each length */
	unsigned depth = 0;

	VEC_FOREACH (p, &t->v) {
		while (depth > 0 &&
		    !cidr_contains(&stack[depth - 1]->cidr, &(*p)->cidr))
			depth--;
		if (depth > 0)
			inherit(t, *p, stack[depth - 1]);
		stack[depth++] = *p;
	}
}

/* An address of a node, or one that Cilium has on each node. */
static bool
in_cluster(const struct prefix_table *t, const struct prefix *p)
{
	VEC_FOREACH (l, &p->labels.v) {
		if (atom_eq(l->source, t->ir->word.reserved) &&
		    reserved_list_has(reserved_of_nodes,
			atom_str(t->ir->atoms, l->key)))
			return true;
	}
	return false;
}

/*
 * A prefix in the cluster keeps only reserved labels, and on nodes those that
 * the settings allow.
 */
static void
keep_labels(const struct prefix_table *t, struct prefix *p)
{
	const struct ir_words *w = &t->ir->word;
	const struct ir_options *opt = &t->ir->opt;
	size_t n = 0;

	VEC_FOREACH (l, &p->labels.v) {
		bool cidr = atom_eq(l->source, w->cidr) && opt->nodes_in_cidrs;
		bool node = opt->node_labels &&
		    (atom_eq(l->source, w->node) || atom_eq(l->source, w->k8s));

		if (atom_eq(l->source, w->reserved) || cidr || node)
			p->labels.v.v[n++] = *l;
	}
	p->labels.v.n = n;
}

void
prefix_resolve(struct prefix_table *t)
{
	bool zero_is_world =
	    version_has(t->ir->opt.cilium, VERSION_WORLD_FOR_ZERO);
	size_t n = 0;

	if (t->v.n > 1)
		qsort(t->v.v, t->v.n, sizeof(*t->v.v), compare_prefix);
	inherit_all(t);
	VEC_FOREACH (p, &t->v) {
		struct str world =
		    ir_world_label(&t->ir->opt, (*p)->cidr.family);

		if ((*p)->cidr.bits == 0 && zero_is_world)
			continue;
		if (in_cluster(t, *p))
			keep_labels(t, *p);
		else
			label_set_put(&(*p)->labels, t->arena,
			    label_of(t->ir->atoms, t->ir->word.reserved, world,
				STR("")));
		t->v.v[n++] = *p;
	}
	t->v.n = n;
}
