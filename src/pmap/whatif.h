/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A direction of a class as it would be with other rules: what a rule is good
 * for shows by comparing (pmap/compare.h) the direction with the one that does
 * without it.
 *
 *     struct whatif w;
 *
 *     whatif_init(&w, arena, scratch, pmaps);
 *     other = whatif_without(&w, arena, class, DIR_INGRESS, rule);
 *
 * The maps are not changed.  The world stays as it is: an identity that
 * nothing but a rule made necessary stays when the rule goes.
 */

#include "pmap/pmap.h"

struct whatif {
	const struct pmaps *m;
	struct arena *arena;   /* of the redirects */
	struct arena *scratch; /* reset after each direction */
	/* Those of the maps, with their numbers, then those that only the
	 * directions asked for so far lead to. */
	redirect_vec redirects;
	const char *error; /* why the last one cannot be resolved */
};

void whatif_init(struct whatif *w, struct arena *a, struct arena *scratch,
    const struct pmaps *m);

/*
 * Direction DIR of CLASS, in A, if RULES were all that select its subjects;
 * as the first of them gets it.  NULL when it cannot be resolved.
 */
const struct pmap_direction *whatif_rules(struct whatif *w, struct arena *a,
    const struct pmap_class *class, enum direction dir,
    const struct ir_rule *const *rules, uint32_t nrules);

/* The same without one of the rules that it has. */
const struct pmap_direction *whatif_without(struct whatif *w, struct arena *a,
    const struct pmap_class *class, enum direction dir,
    const struct ir_rule *rule);

/* The same with one rule more. */
const struct pmap_direction *whatif_with(struct whatif *w, struct arena *a,
    const struct pmap_class *class, enum direction dir,
    const struct ir_rule *rule);
