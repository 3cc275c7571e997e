/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whose number is whose: a node's endpoints, identities and proxy ports in the
 * terms of a bundle.
 *
 * An identity is the bundle's that has the same labels; where its labels are
 * not known, that of the same prefix, if both are local to a node; else that of
 * the same number, or that of the endpoint's addresses.  What is none of the
 * bundle's gets a number of its own that the bundle does not have.  Proxy ports
 * are matched one to one, as entries with the same key have them.
 */

#include "base/map.h"
#include "bundle/read.h"
#include "node/node.h"

struct matching {
	const struct bundle_content *bundle;
	const struct node_state *node;
	struct arena *arena;
	struct map by_labels; /* text -> struct bundle_identity */
	struct map labels_of; /* node's number -> struct node_identity */
	struct map by_prefix; /* node's local number -> the bundle's */
	struct map ids;       /* node's number -> the bundle's */
	struct map strangers; /* number made up -> the node's */
	struct map ports[2]; /* proxy ports: the node's -> the bundle's, back */
};

void matching_init(struct matching *m, struct arena *a,
    const struct bundle_content *bundle, const struct node_state *node);

/* The bundle's number of a node's identity. */
uint32_t matching_identity(struct matching *m, uint32_t theirs);

/* Whether the bundle has the identity. */
bool matching_knows(const struct matching *m, uint32_t ours);

/* The bundle's endpoint that a node's map is of; NULL: none, *ret_problem tells
 * why. */
const struct bundle_endpoint *matching_endpoint(struct matching *m, uint32_t id,
    const char **ret_problem);

/*
 * The bundle's port of a node's: 0 is 0, and what was met with OURS first stays
 * with it.  A port that was met with another one stays what it is.
 */
uint16_t matching_port(struct matching *m, uint16_t theirs, uint16_t ours);
