/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of prefixes, and what a prefix inherits from those around it.
 */
#include "ident/prefix.h"

#include <stdlib.h>
#include <string.h>

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
compare_prefix(const void *pa, const void *pb)
{
	const struct cidr *a = &(*(struct prefix *const *)pa)->cidr;
	const struct cidr *b = &(*(struct prefix *const *)pb)->cidr;
	bool both = a->family == IP_V6 && b->family == IP_V6;
	int c = both ? cidr_is_mapped(b) - cidr_is_mapped(a) : 0;

	return c ? c : cidr_compare(a, b);
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

static bool
is_reserved(const struct prefix_table *t, const struct label *l,
    const char *const *of)
{
	return atom_eq(l->source, t->ir->word.reserved) &&
	    reserved_list_has(of, atom_str(t->ir->atoms, l->key));
}

/* An address of a node, or one that Cilium has on each node. */
static bool
in_cluster(const struct prefix_table *t, const struct prefix *p)
{
	VEC_FOREACH (l, &p->labels.v) {
		if (is_reserved(t, l, reserved_of_nodes))
			return true;
	}
	return false;
}

/* Whether nodes have L if CIDR rules are for them. */
static bool
is_of_cidrs(const struct prefix_table *t, const struct label *l)
{
	const struct ir_words *w = &t->ir->word;

	return atom_eq(l->source, w->cidr) ||
	    (atom_eq(l->source, w->cidrgroup) &&
		version_has(t->ir->opt.cilium, VERSION_CIDR_MATCH_PODS));
}

/*
 * A prefix in the cluster keeps only reserved labels, but not the world's that
 * it inherited, and on nodes those that the settings allow.
 */
static void
keep_labels(const struct prefix_table *t, struct prefix *p)
{
	const struct ir_words *w = &t->ir->word;
	const struct ir_options *opt = &t->ir->opt;
	size_t n = 0;

	VEC_FOREACH (l, &p->labels.v) {
		bool cidr =
		    is_of_cidrs(t, l) && (opt->cidr_match & IR_CIDR_NODES);
		bool node = opt->node_labels &&
		    (atom_eq(l->source, w->node) || atom_eq(l->source, w->k8s));

		bool reserved = atom_eq(l->source, w->reserved) &&
		    !is_reserved(t, l, reserved_of_world);

		if (reserved || cidr || node)
			p->labels.v.v[n++] = *l;
	}
	p->labels.v.n = n;
}

const struct prefix *
prefix_around(const struct prefix_table *t, const struct ip *ip)
{
	for (unsigned bits = ip_width(ip->family) + 1; bits-- > 0;) {
		struct cidr c = cidr_around(ip, bits);
		const struct prefix *p = map_get(&t->by_cidr, &c, sizeof(c));

		if (p)
			return p;
	}
	return NULL;
}

/* Around the IPv4 address that a prefix of mapped ones begins at. */
static const struct prefix *
parent_of_mapped(const struct prefix_table *t, const struct cidr *mapped)
{
	struct ip ip = {.family = IP_V4};

	memcpy(ip.addr, mapped->addr + 12, 4);
	return prefix_around(t, &ip);
}

static void
add_world(struct prefix_table *t, struct prefix *p)
{
	struct str world = ir_world_label(&t->ir->opt, p->cidr.family);

	label_set_put(&p->labels, t->arena,
	    label_of(t->ir->atoms, t->ir->word.reserved, world, STR("")));
}

/* /0 of both families as the agent itself has them, whatever else names them.
 */
static void
fix_zeros(struct prefix_table *t)
{
	for (uint8_t family = IP_V4; family <= IP_V6; family++) {
		struct cidr zero = {.family = family};
		struct str world = ir_world_label(&t->ir->opt, family);
		struct prefix *p;

		prefix_add(t, &zero, t->ir->word.reserved, world, STR(""));
		p = map_get(&t->by_cidr, &zero, sizeof(zero));
		p->labels = (struct label_set){0};
		add_world(t, p);
	}
}

/*
 * A prefix comes after all that contain it, so the stack holds what is around
 * the current one, and the top of it has all labels of the others.
 */
static void
resolve_all(struct prefix_table *t)
{
	struct prefix *stack[129]; /* one for each length */
	unsigned depth = 0;

	VEC_FOREACH (p, &t->v) {
		const struct cidr *c = &(*p)->cidr;
		const struct prefix *parent;

		while (depth > 0 && !cidr_contains(&stack[depth - 1]->cidr, c))
			depth--;
		parent = cidr_is_mapped(c) ? parent_of_mapped(t, c)
		    : depth > 0            ? stack[depth - 1]
					   : NULL;
		if (parent)
			inherit(t, *p, parent);
		if (in_cluster(t, *p))
			keep_labels(t, *p);
		else
			add_world(t, *p);
		stack[depth++] = *p;
	}
}

void
prefix_resolve(struct prefix_table *t)
{
	struct version cilium = t->ir->opt.cilium;
	size_t n = 0;

	if (version_has(cilium, VERSION_GROUP_ZERO_IGNORED))
		fix_zeros(t);
	if (t->v.n > 1)
		qsort(t->v.v, t->v.n, sizeof(*t->v.v), compare_prefix);
	resolve_all(t);
	if (version_has(cilium, VERSION_GROUP_ZERO_IDENTITY))
		return;
	VEC_FOREACH (p, &t->v) {
		if ((*p)->cidr.bits > 0)
			t->v.v[n++] = *p;
	}
	t->v.n = n;
}
