/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The way from a place in the text back to the tree: which object it is in,
 * and where in that.
 */

#include "yaml/yaml_read.h"

struct ylocation {
	/* The innermost object with a kind and metadata around the place. */
	const struct ynode *object;
	/* From there to the place: "spec.ingress[0].toPorts[1]", or "". */
	const char *path;
};

/*
 * Where AT is in DOCS, which are in the order of their places; the path is in
 * A.  False when it is in no object.
 */
bool yaml_locate(struct arena *a, const struct ydocs *docs, struct span at,
    struct ylocation *ret);

/* A step down a tree. */
struct ystep {
	const struct ynode *from; /* a map or a sequence */
	const struct ypair *pair; /* of the map; NULL: an item */
	const struct ynode *to;
};

struct ytrail {
	VEC(struct ystep) v;
};

/*
 * All steps from the root of a document of DOCS to the innermost node that AT
 * is in, or in whose key it is, in A; none when it is in no document.
 */
void yaml_trail(struct arena *a, const struct ydocs *docs, struct span at,
    struct ytrail *ret);

/* Whether the byte where AT begins is part of a string. */
bool yaml_in_string(const struct ydocs *docs, struct span at);
