/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What lies between the rules of a side and its nodes.  A part is what one
 * filter and one selector say at one node.  Private to pmap/.
 */

#include "pmap/pmap.h"
#include "pmap/ports.h"

struct part {
	uint8_t proto;
	struct port_prefix prefix;
	bool pass; /* no verdict: on to the next tier */
	struct pmap_value value;
	uint32_t tier_max;          /* precedences of the tier at hand lie */
	uint32_t tier_min;          /* in tier_min..tier_max */
	const struct bitset *peers; /* NULL: any identity */
	uint32_t order;
};

typedef VEC(struct part) part_vec;
typedef VEC(struct pmap_node) node_vec;

/* Descending by precedence, then ascending by what else tells them apart. */
int value_compare(const struct pmap_value *a, const struct pmap_value *b);

/* The same of rows, the wildcard's first. */
int row_compare(const void *a, const void *b);

/* By node: protocol, prefix length, port; the order of side.nodes. */
int part_node_compare(const struct part *a, const struct part *b);

/*
 * Builds the nodes of a side into A from parts, which it may sort.
 *
 * nodes_build() takes sides with neither passes nor authentication and works
 * on whole sets of peers.  nodes_build_by_key() takes every side: it inserts
 * key by key as Cilium does, for groups of peers that no selector of the side
 * tells apart.  Where both apply they give the same nodes.
 */
void nodes_build(node_vec *nodes, struct arena *a, struct arena *scratch,
    part_vec *parts);
void nodes_build_by_key(node_vec *nodes, struct arena *a, struct arena *scratch,
    part_vec *parts, uint32_t nidents);

/*
 * Entries without precedence, from parts that speak in several tiers.
 *
 * nodes_give_tiers() says whether NODES, built as if there were one tier, give
 * every verdict of the tiers already, by PARTS with the precedences of their
 * tiers, which it sorts.  If not, nodes_flatten() puts others in their place.
 */
struct flat;
bool nodes_give_tiers(const node_vec *nodes, struct arena *scratch,
    part_vec *parts, uint32_t nidents, struct flat **ret_flat);
void nodes_flatten(node_vec *nodes, struct arena *a, struct flat *f);

/*
 * A range that starts at port 0 ends up as every port: the datapath's keys
 * give port 0 no port bits (semantics.md 10.2).  Moves such nodes there; last
 * of all, because it prunes nothing.
 */
void nodes_fold_port_zero(node_vec *nodes, struct arena *a);
