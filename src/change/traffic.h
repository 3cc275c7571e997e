/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Recorded connections by the change that they are in.  Who their ends are is
 * what the first side says.
 *
 *     replay_init(&x, ...);             the first side's
 *     x.pairs = true;
 *     traffic_init(&t, arena, &changes);
 *     ... traffic_add(&t, &result) of each line, in order ...
 *     traffic_settle(&t);
 */

#include "change/change.h"
#include "replay/replay.h"

/* Of connections between the same ends: the most that an end has seen. */
struct traffic_sum {
	uint64_t connections, bytes;
};

struct spot;

struct traffic {
	struct arena *arena;
	const struct changes *changes;
	struct map spot_of; /* answer and addresses -> struct spot */
	VEC(struct spot *) spots;
	/* Since traffic_settle(): */
	/* [change]: those in it; and that are so or are not, as the record
	 * does not say which of several an end is. */
	struct traffic_sum *in, *perhaps;
	/* All that was recorded; of it, what has an end that nobody can tell,
	 * or that only one of the sides has. */
	struct traffic_sum all, unplaced;
};

void traffic_init(struct traffic *t, struct arena *a, const struct changes *c);

/* Counts R, after replay_count(). */
void traffic_add(struct traffic *t, const struct replay_result *r);

/* Fills the sums, after the last line. */
void traffic_settle(struct traffic *t);
