/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who there is in two worlds at once, as few groups as there are differences
 * between them: the members of an actor have one identity and one policy class
 * before, and one after.  A pod is itself by its namespace and name, an
 * address by its number, whatever the rest has by its labels.
 *
 * More worlds may be tried beside these two: then the members of an actor agree
 * in each of them as well.
 */

#include "base/map.h"
#include "diag/source.h"
#include "flow/judge.h"
#include "schema/object.h"

/* One that is compared: [0] is before, [1] after, what follows is tried. */
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

typedef VEC(const struct endpoint *) endpoint_vec;

struct actor {
	/* [nsides]; endpoint: only of an actor of one pod. */
	struct flow_end *side;
	endpoint_vec *pods;             /* [nsides]: the same, by name */
	VEC(struct actor_range) ranges; /* or these, by prefix; or else it
					 * is known by its labels */
};

struct actors {
	struct arena *arena;
	const struct change_side *side; /* [nsides] */
	uint32_t nsides;
	/* Those with pods first, by their first pod. */
	VEC(struct actor) v;
	uint32_t nsubjects; /* of them: those with pods */
	struct map pods_in; /* namespace -> how many pods they have after */
	/* Pods that are in one of the worlds only. */
	endpoint_vec only[2];
	bool *uncertain; /* [nsides]: it has policies that are not known in
			  * full */
};

/* The actors of N worlds, two or more, in A. */
void actors_find(struct actors *ret, struct arena *a,
    const struct change_side *side, uint32_t n);

/* Pods of a namespace, nodes among them if it is "". */
static inline size_t
actors_count_pods(const struct actors *all, struct str ns)
{
	return (uintptr_t)map_get(&all->pods_in, ns.s, ns.n);
}

/* Whether a side has X: of the first two always. */
static inline bool
actor_is_there(const struct actor *x, uint32_t side)
{
	return x->side[side].ident.i != PMAP_NOBODY.i;
}

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
