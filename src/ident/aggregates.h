/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whom the second lookup of a packet is for besides its peer.  Every identity
 * is in one part of the world, and the part's wildcard stands for all of it:
 * identity 0, which has no index, for part 0, and aggregates for the others.
 * Before Cilium 1.20 part 0 is all there is.  Source: semantics.md 5.6, 11.10.
 */

#include "base/bitset.h"
#include "cilium/reserved.h"

struct world;

enum {
	PARTS_MAX = 1 + SEC_ID_AGGREGATE_LAST - SEC_ID_AGGREGATE_FIRST + 1,
};

struct aggregates {
	uint32_t nparts;
	const uint8_t *part_of;                 /* [ident index] */
	uint32_t ident[PARTS_MAX];              /* aggregate's index; not [0] */
	const struct bitset *member[PARTS_MAX]; /* the aggregate is one */
	const struct bitset *all;               /* the aggregates themselves */
	const struct bitset *peers; /* all others: who has packets */
};

/* Requires the identities of W. */
const struct aggregates *aggregates_new(struct arena *a, const struct world *w);

/*
 * The same of N identities whose parts are known, and of each part but 0 the
 * index of its aggregate.
 */
const struct aggregates *aggregates_of_parts(struct arena *a,
    const uint8_t *part_of, uint32_t n, const uint32_t *ident, uint32_t nparts);

/* The parts whose aggregate is in SET, as bits. */
unsigned aggregates_in(const struct aggregates *g, const struct bitset *set);

/* Every part, as bits. */
unsigned aggregates_mask(const struct aggregates *g);

/* SET with the parts whose aggregate is in it: SET itself, or new in A. */
const struct bitset *aggregates_reach(const struct aggregates *g,
    struct arena *a, const struct bitset *set);
