/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who may connect to whom, on which ports, with both ends asked: as sets of
 * actors.
 *
 *     struct reaches r;
 *
 *     reaches_init(&r, arena, scratch, &side);
 *     reaches_find(&r, &(struct reach_question){.to = databases});
 *     VEC_FOREACH (x, &r.v)
 *             ... x->way, x->from, x->to, x->ports ...
 *
 * A connection that passes, or of which it is not known, is in exactly one set;
 * all others are dropped.  In a set with itself, an actor that is one pod
 * is another pod like it.  Of two ends without policies nothing is
 * said.
 */

#include "change/actors.h"
#include "flow/trace.h"
#include "pmap/compare.h"

/* What a proxy lets pass of a connection: by port, selector, input order. */
struct reach_grant {
	enum ir_parser parser;
	const struct request_try *tries;
	size_t ntries;
};

/* How connections pass, or why it is not known whether they do. */
struct reach_way {
	bool unknown;
	bool some; /* of groups: not all pairs on all the ports */
	const struct object *uncertain; /* the policy not known in full; NULL */
	const char *error; /* that a policy cannot be resolved for; NULL */
	const struct reach_grant *grant[2]; /* by direction; NULL: all of it */
};

/* From each actor of FROM to each of TO, on each of the ports. */
struct reach {
	const struct reach_way *way;
	const struct bitset *from, *to;
	const struct cell *ports; /* by protocol and port */
	uint32_t nports;
};

/* Sets of actors are NULL for all of them. */
struct reach_question {
	const struct bitset *from, *to;
	uint8_t proto; /* 0: every protocol and port */
	uint16_t port;
};

struct reaches {
	struct arena *arena, *scratch;
	struct change_side side[2]; /* the same one twice */
	struct actors actors;
	cell_vec protos; /* told apart; a cell of others is of all but these */
	VEC(struct reach) v; /* by question; unknown ones last */
};

/* Nothing is found yet, of one world. */
void reaches_init(struct reaches *r, struct arena *a, struct arena *scratch,
    const struct change_side *side);

/* Adds the sets that answer Q. */
void reaches_find(struct reaches *r, const struct reach_question *q);

/* The actors that the ends of PARTY are, in the arena of R. */
const struct bitset *reaches_actors(const struct reaches *r,
    const struct trace_party *party);

/* Those outside of the cluster, or else those with pods. */
const struct bitset *reaches_outside(const struct reaches *r, bool outside);
