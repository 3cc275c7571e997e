/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who there is in two worlds at once, as few groups as there are differences
 * between them: the members of an actor have one identity and one policy class
 * before, and one after.  A pod is itself by its namespace and name, an
 * address by its number, whatever the rest has by its labels.
 */

#include "diag/source.h"
#include "flow/judge.h"
#include "schema/object.h"

/* One of the two that are compared: [0] is before, [1] after. */
struct change_side {
	const struct pmaps *pmaps;
	const struct object_list *objects;
	const struct source_set *sources;
};

/* Addresses: PREFIX but for what other prefixes have of it. */
struct actor_range {
	struct cidr prefix;
	struct ip first; /* one of them */
	bool cut;        /* others have some */
};

struct actor {
	struct flow_end side[2]; /* endpoint: only of an actor of one pod */
	VEC(const struct endpoint *) pods[2]; /* as in both worlds, by name */
	VEC(struct actor_range) ranges;       /* or these, by prefix; or else it
					       * is known by its labels */
};

struct actors {
	struct arena *arena;
	const struct change_side *side; /* [2] */
	/* Those with pods first, by their first pod. */
	VEC(struct actor) v;
	uint32_t nsubjects; /* of them: those with pods */
	/* Pods that are in one of the worlds only. */
	VEC(const struct endpoint *) only[2];
	bool
	    uncertain[2]; /* the side has policies that are not known in full */
};

/* The actors of two worlds, in A. */
void actors_find(struct actors *ret, struct arena *a,
    const struct change_side side[2]);

/*
 * A policy of a side that is not known in full and may be for X, which has
 * pods, in DIR; NULL when there is none.
 */
const struct object *actor_uncertain(const struct actors *all,
    const struct actor *x, int side, enum direction dir);

/* What becomes of packets of a direction that no rule is about. */
enum isolation {
	ISOLATION_NONE, /* no policy is for it: all pass */
	ISOLATION_OPEN, /* policies are, and none asks for default deny */
	ISOLATION_DENY, /* denied by default */
	ISOLATION_UNKNOWN,
};

#define ISOLATIONS (ISOLATION_UNKNOWN + 1)

/* Of X, which has pods. */
enum isolation actor_isolation(const struct actors *all, const struct actor *x,
    int side, enum direction dir);

/* Whether it is outside: the world, or a part of it. */
bool actor_is_outside(const struct actors *all, const struct actor *x);
