/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What policy maps cost, and which rules make them large.  A rule costs the
 * entries that a map has for it alone: those that are gone when it goes.
 */

#include "pmap/pmap.h"

struct map_cost {
	const struct pmap_class *class;
	uint32_t endpoints;  /* that have such a map */
	uint64_t entries[2]; /* by enum direction */
};

struct rule_cost {
	const struct ir_rule *rule;
	uint64_t entries;               /* in one map, at most */
	const struct pmap_class *class; /* whose map that is */
	uint32_t endpoints;             /* whose map has the rule */
	uint64_t peers; /* identities that its peers select, added up */
	uint64_t keys;  /* that its ports are, ranges as prefixes */
};

struct costs {
	VEC(struct map_cost) maps;   /* the largest first */
	VEC(struct rule_cost) rules; /* of policies; the dearest first */
};

/* Fills COSTS, in A. */
void cost_compute(struct costs *costs, struct arena *a, struct arena *scratch,
    const struct pmaps *m);

static inline uint64_t
map_cost_total(const struct map_cost *c)
{
	return c->entries[DIR_INGRESS] + c->entries[DIR_EGRESS];
}
