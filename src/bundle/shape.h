/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The shape of the documents of a bundle: which members they have, in which
 * order and of which types.  What a document says is another matter, for the
 * readers; they can take for granted what is checked here.
 */

#include "base/arena.h"
#include "yaml/ytree.h"

struct shape {
	enum ynode_kind kind;
	const struct shape_member
	    *members;              /* of an object, to one without key */
	const struct shape *items; /* of a list; NULL: anything */
};

struct shape_member {
	const char *key;
	const struct shape *shape;
	bool optional;
};

/* The documents, and what the manifest has as a verifier's result. */
extern const struct shape shape_identities, shape_endpoints, shape_rules,
    shape_l7, shape_result;

/*
 * What N has that SHAPE does not, or lacks, in A, with the place in *ret_at;
 * NULL: nothing.
 */
const char *shape_problem(struct arena *a, const struct ynode *n,
    const struct shape *shape, struct span *ret_at);
