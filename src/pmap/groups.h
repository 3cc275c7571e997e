/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Peers that no part of a side tells apart, as one.  Group 0 is the wildcard
 * identity; every identity is in one of the others.  Private to pmap/.
 */

#include "pmap/part.h"

struct groups {
	uint32_t n;               /* without group 0 */
	struct bitset **members;  /* [n + 1]; [0] is NULL */
	const uint32_t *group_of; /* [identity], from 1 */
};

void groups_find(struct groups *g, struct arena *scratch, const part_vec *parts,
    uint32_t nidents);

/* Whether PART is about the group. */
bool groups_in_part(const struct groups *g, const struct part *part,
    uint32_t group);

/*
 * Adds the node whose entry for each group is VALUES[group], NULL for none;
 * groups with one value share a row.  Without any entry there is no node.
 */
void groups_add_node(const struct groups *g, node_vec *nodes, struct arena *a,
    uint8_t proto, struct port_prefix prefix,
    const struct pmap_value *const *values);
