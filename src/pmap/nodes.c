/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes from parts, whole sets of peers at a time.  An entry stays only if no
 * key that covers it has a higher precedence, or for a deny, an equal one.
 * Nodes are handled with the shorter prefixes first, so everything that may
 * cover a node is final when the node's turn comes.  Source: semantics.md
 * 11.3, the declarative form.
 */
#include <stdlib.h>

#include "pmap/node.h"
#include "pmap/part.h"

struct building {
	struct arena *arena, *scratch;
	node_vec *nodes;
	VEC(struct pmap_row) rows; /* of the node at hand */
};

/* Whether an entry with value OVER hides one with value V that it covers. */
static bool
hides(const struct pmap_value *over, const struct pmap_value *v)
{
	return over->precedence > v->precedence ||
	    (v->deny && over->precedence == v->precedence);
}

/* A covering node's rows, against the set SET with value V. */
static const struct bitset *
hide_under(struct building *b, const struct pmap_node *over,
    const struct pmap_value *v, const struct bitset *set)
{
	struct bitset *own = NULL;

	for (uint32_t i = 0; i < over->nrows && set; i++) {
		const struct pmap_row *r = &over->rows[i];

		if (!hides(&r->value, v))
			continue;
		if (!r->peers)
			return NULL;
		if (!bitset_intersects(set, r->peers))
			continue;
		if (!own)
			set = own = bitset_dup(b->scratch, set);
		bitset_andnot(own, r->peers);
	}
	return bitset_empty(set) ? NULL : set;
}

/* The nodes that cover (proto, prefix), itself left out, in any order. */
static unsigned
find_covering(const struct building *b, uint8_t proto, struct port_prefix p,
    const struct pmap_node *ret_nodes[static 17])
{
	const struct pmap_node *n;
	unsigned count = 0;

	if (proto == 0)
		return 0;
	n = node_find(b->nodes->v, b->nodes->n, 0, 0, 0);
	if (n)
		ret_nodes[count++] = n;
	for (uint8_t bits = 0; bits < p.bits; bits++) {
		n = node_find(b->nodes->v, b->nodes->n, proto, bits, p.port);
		if (n)
			ret_nodes[count++] = n;
	}
	return count;
}

/* The wildcard's row at a node: its strongest part, if not hidden. */
static void
add_wildcard_row(struct building *b, const struct part *best,
    const struct pmap_node *const *over, unsigned nover)
{
	for (unsigned i = 0; i < nover; i++) {
		const struct pmap_row *first = over[i]->rows;

		if (!first->peers && hides(&first->value, &best->value))
			return;
	}
	*vec_push(&b->rows, b->scratch) = (struct pmap_row){best->value, NULL};
}

/* Parts [i, j) have one value: the union of their peers, less TAKEN. */
static const struct bitset *
join_parts(struct building *b, const struct part *parts, size_t i, size_t j,
    struct bitset *taken)
{
	const struct bitset *set = parts[i].peers;
	struct bitset *own = NULL;

	for (size_t k = i + 1; k < j; k++) {
		if (parts[k].peers == set)
			continue;
		if (!own)
			set = own = bitset_dup(b->scratch, set);
		bitset_or(own, parts[k].peers);
	}
	if (bitset_intersects(set, taken)) {
		if (!own)
			set = own = bitset_dup(b->scratch, set);
		bitset_andnot(own, taken);
	}
	return bitset_empty(set) ? NULL : set;
}

/* Rows of single identities, strongest first: each identity gets one. */
static void
add_peer_rows(struct building *b, const struct part *parts, size_t n,
    const struct pmap_node *const *over, unsigned nover)
{
	struct pmap_node here = {.rows = b->rows.v,
	    .nrows = (uint32_t)b->rows.n};
	struct pmap_row wildcard;
	struct bitset *taken = NULL;
	size_t j;

	/* The wildcard's row at this very node covers as well. */
	if (here.nrows > 0) {
		wildcard = b->rows.v[0];
		here.rows = &wildcard;
	}
	for (size_t i = 0; i < n; i = j) {
		const struct bitset *set;

		for (j = i + 1; j < n &&
		     value_compare(&parts[i].value, &parts[j].value) == 0;
		     j++)
			continue;
		if (!taken)
			taken = bitset_new(b->scratch, parts[i].peers->nbits);
		set = join_parts(b, parts, i, j, taken);
		if (set && j < n)
			bitset_or(taken, set);
		if (set)
			set = hide_under(b, &here, &parts[i].value, set);
		for (unsigned k = 0; k < nover && set; k++)
			set = hide_under(b, over[k], &parts[i].value, set);
		if (!set)
			continue;
		/* A selector's own set is shared, any other is kept. */
		if (set != parts[i].peers)
			set = bitset_dup(b->arena, set);
		*vec_push(&b->rows, b->scratch) =
		    (struct pmap_row){parts[i].value, set};
	}
}

static int
compare_part(const void *pa, const void *pb)
{
	const struct part *a = pa, *b = pb;
	int c = part_node_compare(a, b);

	if (c != 0)
		return c;
	if ((!a->peers) != (!b->peers))
		return !a->peers ? -1 : 1;
	c = value_compare(&a->value, &b->value);
	return c ? c : (a->order > b->order) - (a->order < b->order);
}

/* Parts [0, n) are of one node; those before it are done. */
static void
build_node(struct building *b, const struct part *parts, size_t n)
{
	const struct pmap_node *over[17];
	unsigned nover = find_covering(b, parts->proto, parts->prefix, over);
	size_t wild = 0;
	struct pmap_row *rows;

	while (wild < n && !parts[wild].peers)
		wild++;
	b->rows.n = 0;
	if (wild > 0)
		add_wildcard_row(b, parts, over, nover);
	add_peer_rows(b, parts + wild, n - wild, over, nover);
	if (b->rows.n == 0)
		return;
	rows = ARENA_ARRAY(b->arena, struct pmap_row, b->rows.n);
	memcpy(rows, b->rows.v, b->rows.n * sizeof(*rows));
	*vec_push(b->nodes, b->arena) = (struct pmap_node){
	    .proto = parts->proto,
	    .port = parts->prefix.port,
	    .port_bits = parts->prefix.bits,
	    .rows = rows,
	    .nrows = (uint32_t)b->rows.n,
	};
}

int
value_compare(const struct pmap_value *a, const struct pmap_value *b)
{
	if (a->precedence != b->precedence)
		return a->precedence > b->precedence ? -1 : 1;
	if (a->redirect != b->redirect)
		return a->redirect < b->redirect ? -1 : 1;
	return (a->auth > b->auth) - (a->auth < b->auth);
}

int
row_compare(const void *pa, const void *pb)
{
	const struct pmap_row *a = pa, *b = pb;

	if ((!a->peers) != (!b->peers))
		return !a->peers ? -1 : 1;
	return value_compare(&a->value, &b->value);
}

int
part_node_compare(const struct part *a, const struct part *b)
{
	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	if (a->prefix.bits != b->prefix.bits)
		return a->prefix.bits < b->prefix.bits ? -1 : 1;
	return (a->prefix.port > b->prefix.port) -
	    (a->prefix.port < b->prefix.port);
}

void
nodes_build(node_vec *nodes, struct arena *a, struct arena *scratch,
    part_vec *parts)
{
	struct building b = {.arena = a, .scratch = scratch, .nodes = nodes};
	size_t end;

	if (parts->n > 1)
		qsort(parts->v, parts->n, sizeof(*parts->v), compare_part);
	for (size_t i = 0; i < parts->n; i = end) {
		for (end = i + 1; end < parts->n &&
		     part_node_compare(&parts->v[i], &parts->v[end]) == 0;
		     end++)
			continue;
		build_node(&b, &parts->v[i], end - i);
	}
}

/* Gives TO the rows of FROM as well; of two the stronger counts. */
static void
absorb(struct pmap_node *to, const struct pmap_node *from, struct arena *a)
{
	uint32_t n = to->nrows + from->nrows, kept = 0;
	struct pmap_row *rows = ARENA_ARRAY(a, struct pmap_row, n);
	struct bitset *taken = NULL;

	memcpy(rows, to->rows, to->nrows * sizeof(*rows));
	memcpy(rows + to->nrows, from->rows, from->nrows * sizeof(*rows));
	qsort(rows, n, sizeof(*rows), row_compare);
	for (uint32_t i = 0; i < n; i++) {
		struct pmap_row row = rows[i];
		struct bitset *rest;

		if (!row.peers && i > 0)
			continue;
		if (row.peers) {
			if (!taken)
				taken = bitset_new(a, row.peers->nbits);
			rest = bitset_dup(a, row.peers);
			bitset_andnot(rest, taken);
			bitset_or(taken, rest);
			if (bitset_empty(rest))
				continue;
			row.peers = rest;
		}
		rows[kept++] = row;
	}
	to->rows = rows;
	to->nrows = kept;
}

void
nodes_fold_port_zero(node_vec *nodes, struct arena *a)
{
	bool folded = false;
	size_t n = 0;

	VEC_FOREACH (node, nodes) {
		if (node->port == 0 && node->port_bits > 0) {
			node->port_bits = 0;
			folded = true;
		}
	}
	if (!folded)
		return;
	qsort(nodes->v, nodes->n, sizeof(*nodes->v), node_compare);
	for (size_t i = 0; i < nodes->n; i++) {
		if (n > 0 && node_compare(&nodes->v[i], &nodes->v[n - 1]) == 0)
			absorb(&nodes->v[n - 1], &nodes->v[i], a);
		else
			nodes->v[n++] = nodes->v[i];
	}
	nodes->n = n;
}
