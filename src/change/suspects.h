/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The peers that a subject's two policies may treat differently: from its maps
 * alone, so that all other pairs of ends need not be judged.  May suspect too
 * much, never too little.  Private to change/.
 */

#include "base/map.h"
#include "change/actors.h"

struct actor_view;

struct suspects {
	const struct actors *all;
	struct arena *arena, *scratch;
	struct map known; /* pairs of directions -> bitset of actors */
	const struct bitset *everybody;
	struct bitset *peers;    /* the same, among actors and aggregates */
	struct actor_view *view; /* [2 * side + host] */
	struct map sets;         /* of actors, each once: by their bytes */
	bool same_parts[2];      /* [host]: the aggregates of both views are */
	bool other_sctp, other_solicitations; /* what passes without a map */
};

void suspects_init(struct suspects *s, struct arena *a, struct arena *scratch,
    const struct actors *all);

/* The actors in question as peers of X in DIR. */
const struct bitset *suspects_of(struct suspects *s, const struct actor *x,
    enum direction dir);
