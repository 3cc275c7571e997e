/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Labels that only one identity has.  Private to suggest/.
 */

#include "ident/world.h"

struct chosen_labels {
	VEC(const struct label *) equal; /* it has these */
	VEC(atom_t) absent;              /* and none with these keys */
};

/* The namespace of an identity of pods; empty: it is of none. */
struct str labels_namespace(const struct world *w, ident_idx_t ident);

/* The reserved label of an identity that is no pod's; empty: none. */
struct str labels_reserved(const struct world *w, ident_idx_t ident);

/*
 * Chooses, in A, labels that IDENT has and no other identity of its namespace,
 * as few as three can do, else all it has.  False: some other one has the same.
 */
bool labels_choose(struct chosen_labels *ret, struct arena *a,
    const struct world *w, ident_idx_t ident);
