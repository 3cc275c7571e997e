/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A filter is what all rules of one tier say about one port of a direction,
 * merged for each selector as Cilium merges it; Cilium's own name is L4Filter.
 * Source: semantics.md 10.3, 10.5, 10.7.  Private to pmap/.
 */

#include "pmap/candidate.h"

struct filter_input {
	enum direction dir;
	const struct pmap_rule *rules; /* with their levels */
	uint32_t nrules;
	const struct endpoint *subject; /* whose ports have names on ingress */
	struct str ns;                  /* whose listeners are meant */
	bool default_deny;
	const struct bitset *const *required; /* as in pmap_direction */
};

struct filter_output {
	candidate_vec candidates;    /* in the scratch arena */
	redirect_vec redirects;      /* by first use; in the arena, too */
	VEC(struct pmap_name) names; /* in the arena of the direction */
	VEC(struct pmap_selector_policy) selector_policies;
};

/*
 * What the filters make.  NULL, or why Cilium cannot resolve this policy, in
 * SCRATCH; the redirects are there in any case.
 */
const char *filters_resolve(struct filter_output *out, struct arena *a,
    struct arena *scratch, const struct pmaps *m,
    const struct filter_input *in);
