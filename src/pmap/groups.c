/* SPDX-License-Identifier: Apache-2.0 */
#include "pmap/groups.h"

#include <stdlib.h>

/* Splits the groups so that SET holds whole groups only. */
static void
split(struct groups *g, struct arena *scratch, uint32_t *group_of,
    const struct bitset *set, uint32_t nidents)
{
	uint32_t *twin = ARENA_ARRAY(scratch, uint32_t, g->n + 1);
	uint32_t *outside = ARENA_ARRAY(scratch, uint32_t, g->n + 1);

	for (uint32_t i = 0; i < nidents; i++)
		outside[group_of[i]] += !bitset_test(set, i);
	BITSET_FOREACH (i, set) {
		uint32_t old = group_of[i];

		if (outside[old] == 0)
			continue;
		if (twin[old] == 0)
			twin[old] = ++g->n;
		group_of[i] = twin[old];
	}
}

void
groups_find(struct groups *g, struct arena *scratch, const part_vec *parts,
    uint32_t nidents)
{
	uint32_t *group_of = ARENA_ARRAY(scratch, uint32_t, nidents);

	g->n = 1;
	g->group_of = group_of;
	for (uint32_t i = 0; i < nidents; i++)
		group_of[i] = 1;
	for (size_t i = 0; i < parts->n; i++) {
		const struct bitset *set = parts->v[i].peers;

		if (set && (i == 0 || set != parts->v[i - 1].peers))
			split(g, scratch, group_of, set, nidents);
	}
	g->members = ARENA_ARRAY(scratch, struct bitset *, g->n + 1);
	for (uint32_t i = 1; i <= g->n; i++)
		g->members[i] = bitset_new(scratch, nidents);
	for (uint32_t i = 0; i < nidents; i++)
		bitset_set(g->members[group_of[i]], i);
}

bool
groups_in_part(const struct groups *g, const struct part *part, uint32_t group)
{
	if (!part->peers || group == 0)
		return !part->peers && group == 0;
	return bitset_subset(g->members[group], part->peers);
}

void
groups_add_node(const struct groups *g, node_vec *nodes, struct arena *a,
    uint8_t proto, struct port_prefix prefix,
    const struct pmap_value *const *values)
{
	VEC(struct pmap_row) rows = {0};
	struct bitset *joined = NULL;
	size_t n = 0;

	for (uint32_t i = 0; i <= g->n; i++) {
		if (values[i])
			*vec_push(&rows, a) =
			    (struct pmap_row){*values[i], g->members[i]};
	}
	if (rows.n == 0)
		return;
	qsort(rows.v, rows.n, sizeof(*rows.v), row_compare);
	for (size_t i = 0; i < rows.n; i++) {
		const struct pmap_row *r = &rows.v[i];

		if (joined &&
		    value_compare(&r->value, &rows.v[n - 1].value) == 0) {
			bitset_or(joined, r->peers);
			continue;
		}
		joined = r->peers ? bitset_dup(a, r->peers) : NULL;
		rows.v[n++] = (struct pmap_row){r->value, joined};
	}
	*vec_push(nodes, a) = (struct pmap_node){
	    .proto = proto,
	    .port = prefix.port,
	    .port_bits = prefix.bits,
	    .rows = rows.v,
	    .nrows = (uint32_t)n,
	};
}
