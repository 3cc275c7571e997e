/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One direction of a policy class, from its rules to its keys.  This is the
 * heart of the compiler.
 */

#include "pmap/filter.h"

/* What a direction is computed from; equal inputs give equal directions. */
struct direction_input {
	enum direction dir;
	bool off;    /* policy does not apply: everything passes */
	bool forced; /* enforced and default deny whatever the rules say */
	bool host;   /* of a host endpoint: nobody lets it in to itself */
	const struct ir_rule *const *rules; /* in input order */
	uint32_t nrules;
	const struct endpoint *subject; /* whose ports the rules may name */
	struct str ns;                  /* whose listeners they may mean */
};

/* What an endpoint's direction is computed from, but for its rules. */
struct direction_input direction_input_of(const struct pmaps *m,
    const struct endpoint *e, enum direction dir);

/* Why there is no direction. */
struct direction_error {
	const char *text;
	const struct ir_rule *rule; /* that is not expressible here; NULL:
				     * Cilium can't resolve the policy either */
	bool requires;              /* for what it requires, not its tier */
};

/* A direction whose filters are resolved, and whose keys are to be built. */
struct direction_draft {
	struct pmap_direction *direction; /* NULL: none, see the error */
	struct direction_error error;
	struct filter_output filters; /* its redirects: even with an error */
};

/*
 * Resolves the filters of a direction, once.  The draft is in A, but for its
 * candidates, which are in SCRATCH.
 */
void direction_resolve(struct direction_draft *ret, struct arena *a,
    struct arena *scratch, const struct pmaps *m,
    const struct direction_input *in);

/* Moves the candidates of a draft to A: it is built later. */
void direction_keep(struct direction_draft *draft, struct arena *a);

/*
 * Builds the keys of a draft into A; redirect I becomes NUMBER[I], which is
 * not read when there are none.  NULL, with the error in the draft, when there
 * is no such direction.  Nothing in SCRATCH is needed afterwards.
 *
 * All three may run in parallel when their arenas differ.
 */
const struct pmap_direction *direction_build(struct direction_draft *draft,
    struct arena *a, struct arena *scratch, const struct pmaps *m,
    const uint16_t *number);
