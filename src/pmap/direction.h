/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One direction of a policy class, from its rules to its keys.  This is the
 * heart of the compiler.
 */

#include "pmap/pmap.h"

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

/* Why there is no direction. */
struct direction_error {
	const char *text;
	const struct ir_rule *rule; /* that is not expressible here; NULL:
				     * Cilium can't resolve the policy either */
	bool requires;              /* for what it requires, not its tier */
};

/*
 * Adds the redirects of a direction to LIST, in A, by first use; SCRATCH is
 * used and may be reset afterwards.
 */
void direction_list_redirects(redirect_vec *list, struct arena *a,
    struct arena *scratch, const struct pmaps *m,
    const struct direction_input *in);

/*
 * Computes a direction into A; SCRATCH is used and may be reset afterwards.  M
 * has the direction's redirects already.  NULL with *ret_error set when there
 * is none.
 *
 * Both functions may run in parallel when their arenas differ.
 */
const struct pmap_direction *direction_compute(struct arena *a,
    struct arena *scratch, const struct pmaps *m,
    const struct direction_input *in, struct direction_error *ret_error);
