/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Filters: the claims of all rules of a side on one port, merged for each
 * selector as Cilium merges them (semantics.md 10.3, 10.5, 10.7).
 */

#include "pmap/part.h"

struct filter_input {
	enum pmap_dir dir;
	const struct pmap_rule *rules; /* with their levels */
	uint32_t nrules;
	const struct endpoint *subject; /* whose ports have names on ingress */
	struct str ns;                  /* whose listeners are meant */
	bool default_deny;
	const struct bitset *const *required; /* as in pmap_side */
};

struct filter_output {
	part_vec parts;              /* in the scratch arena */
	VEC(struct pmap_name) names; /* in the arena of the maps */
	VEC(struct pmap_grant) grants;
};

/*
 * The parts that the filters make.  New redirects are added to M.  NULL, or
 * why Cilium cannot resolve this policy, in SCRATCH.
 */
const char *filters_resolve(struct filter_output *out, struct arena *scratch,
    struct pmaps *m, const struct filter_input *in);
