/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts are numbered as aggregates are, from 1.
 */
#include "ident/aggregates.h"

#include "ident/world.h"

static uint8_t
part_of_id(uint32_t id)
{
	uint32_t aggregate = sec_id_aggregate(id, 0);

	return aggregate ? (uint8_t)(aggregate - SEC_ID_AGGREGATE_FIRST + 1)
			 : 0;
}

const struct aggregates *
aggregates_of_parts(struct arena *a, const uint8_t *part_of, uint32_t n,
    const uint32_t *ident, uint32_t nparts)
{
	struct aggregates *g = ARENA_NEW(a, struct aggregates);
	struct bitset *set = bitset_new(a, n);

	g->nparts = nparts;
	g->part_of = part_of;
	for (uint32_t p = 0; p < nparts; p++) {
		bitset_zero(set);
		for (uint32_t i = 0; i < n; i++) {
			if (part_of[i] == p)
				bitset_set(set, i);
		}
		g->member[p] = bitset_pack(a, set);
	}
	bitset_zero(set);
	for (uint32_t p = 1; p < nparts; p++) {
		g->ident[p] = ident[p];
		bitset_set(set, ident[p]);
	}
	g->all = bitset_pack(a, set);
	bitset_fill(set);
	bitset_andnot(set, g->all);
	g->peers = set;
	return g;
}

const struct aggregates *
aggregates_new(struct arena *a, const struct world *w)
{
	bool some = version_has(w->ir->opt.cilium, VERSION_AGGREGATES);
	uint32_t n = (uint32_t)w->idents.n, ident[PARTS_MAX] = {0};
	uint8_t *parts = ARENA_ARRAY(a, uint8_t, n);

	for (uint32_t i = 0; i < n && some; i++) {
		uint32_t id = w->idents.v[i].id.id;

		parts[i] = part_of_id(id);
		if (sec_id_is_aggregate(id))
			ident[parts[i]] = i;
	}
	return aggregates_of_parts(a, parts, n, ident, some ? PARTS_MAX : 1);
}

unsigned
aggregates_in(const struct aggregates *g, const struct bitset *set)
{
	unsigned mask = 0;

	for (uint32_t p = 1; p < g->nparts; p++)
		mask |= (unsigned)bitset_test(set, g->ident[p]) << p;
	return mask;
}

unsigned
aggregates_mask(const struct aggregates *g)
{
	return (1u << g->nparts) - 1;
}

const struct bitset *
aggregates_reach(const struct aggregates *g, struct arena *a,
    const struct bitset *set)
{
	unsigned mask = aggregates_in(g, set);
	struct bitset *all;

	if (mask == 0)
		return set;
	all = bitset_dup(a, set);
	for (uint32_t p = 1; p < g->nparts; p++) {
		if (mask & 1u << p)
			bitset_or(all, g->member[p]);
	}
	return all;
}
