/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One direction of a policy class, from its rules to its nodes.  This is the
 * heart of the compiler.
 */

#include "pmap/pmap.h"

/* What a side is computed from; equal inputs give equal sides. */
struct side_input {
	enum pmap_dir dir;
	bool off;    /* policy does not apply: everything passes */
	bool forced; /* enforced and default deny whatever the rules say */
	bool host;   /* of a host endpoint: nobody lets it in to itself */
	const struct ir_rule *const *rules; /* in input order */
	uint32_t nrules;
	const struct endpoint *subject; /* whose ports the rules may name */
	struct str ns;                  /* whose listeners they may mean */
};

/* Why there is no side. */
struct side_error {
	const char *text;
	const struct ir_rule *rule; /* that is not expressible here; NULL:
				     * Cilium can't resolve the policy either */
	bool requires;              /* for what it requires, not its tier */
};

/*
 * Adds the redirects of a side to LIST, in A, by first use; SCRATCH is used
 * and may be reset afterwards.
 */
void side_list_redirects(redirect_vec *list, struct arena *a,
    struct arena *scratch, const struct pmaps *m, const struct side_input *in);

/*
 * Computes a side into A; SCRATCH is used and may be reset afterwards.  M has
 * the side's redirects already.  NULL with *ret_error set when there is none.
 *
 * Both functions may run in parallel when their arenas differ.
 */
const struct pmap_side *side_compute(struct arena *a, struct arena *scratch,
    const struct pmaps *m, const struct side_input *in,
    struct side_error *ret_error);
