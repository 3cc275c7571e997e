/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Assertions (assertion.h) that hold today, of pods by their labels: who alone
 * reaches them, and on which single ports pods do.
 */

#include "change/reach.h"

struct recorded {
	bool permits;            /* else OTHERS alone reach the end */
	struct str to;           /* the end */
	VEC(struct str) others;  /* ends; of `permits` one */
	VEC(const char *) ports; /* of `permits` */
};

typedef VEC(struct recorded) recorded_vec;

/* Nothing is recorded of what is open to everybody, or is not known. */
void assertions_record(recorded_vec *ret, struct arena *a,
    struct arena *scratch, const struct change_side *side);
