/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The connections that two sets of policies judge differently, both ends
 * asked, as sets: from whom, to whom, on which ports.
 *
 *     struct changes c;
 *
 *     changes_find(&c, arena, scratch, side, n);
 *     VEC_FOREACH (x, &c.v)
 *             ... x->from, x->to, x->ports, x->witness ...
 *
 * Every such connection between actors (actors.h) is in one set, and no other
 * is in any.  No two sets of a kind are the same but for one of from, to and
 * ports.  Nothing is said of pods that only one side has.  What a proxy
 * lets pass of a connection is not compared.
 *
 * Sides after the first two are tried: of all that changes it is told which of
 * them do as the second one, as sets of sides.
 */

#include "change/actors.h"
#include "flow/explain.h"
#include "pmap/compare.h"

enum change_kind {
	CHANGE_OPENED,
	CHANGE_CLOSED,
	CHANGE_PROXIED, /* let through as before, by another proxy or none */
	CHANGE_UNKNOWN, /* the verdict of one side is not known */
};

#define CHANGE_KINDS (CHANGE_UNKNOWN + 1)

/* A connection between two actors; of a change one that people know. */
struct change_witness {
	uint32_t from, to; /* actors */
	uint8_t proto;
	uint16_t port;
};

struct change {
	enum change_kind kind;
	const struct bitset *from, *to; /* of actors */
	const struct cell *ports;       /* by protocol and port */
	uint32_t nports;
	const struct bitset *tried; /* sides that do the same as the second */
	struct change_witness witness;
};

/* What one side makes of a witness. */
struct change_answer {
	struct flow flow;
	struct judgement judgement;
	enum flow_verdict verdict;         /* UNKNOWN, too, where a policy is */
	const struct object *uncertain;    /* that policy, or NULL */
	struct explanation explanation[2]; /* by direction, if it was asked */
};

/* A subject that comes under default deny, or leaves it. */
struct change_isolation {
	uint32_t actor;
	enum direction dir;
	bool after; /* it is now */
	const struct bitset *tried;
};

/*
 * A direction that says something else than before about some packets, and the
 * other end decides as before: so no connection changes.
 */
struct change_idle {
	uint32_t actor; /* whose policy it is */
	enum direction dir;
	struct change_witness witness;
	const struct bitset *tried;
};

/*
 * A policy that is new, gone or written otherwise, and whose subjects, or some
 * peer of it, no pod of the input is: what it changes is not known in full.
 */
struct change_unseen {
	const struct object *object;
	int side;  /* it is from */
	bool both; /* and the other side has one of the name */
};

struct changes {
	struct actors actors;
	cell_vec protos; /* told apart; a cell of others is of all but these */
	VEC(struct change) v; /* by kind, tried, then actors, then ports */
	uint64_t count[CHANGE_KINDS];
	VEC(struct change_isolation) isolation; /* by actor, direction */
	VEC(struct change_idle) idle;           /* one a direction */
	VEC(struct change_unseen) unseen; /* gone ones, then in input order */
};

/* All of them, in A, between the first two of N sides. */
void changes_find(struct changes *ret, struct arena *a, struct arena *scratch,
    const struct change_side *side, uint32_t n);

/* What the side S answers to W, explained, in A. */
void change_explain(struct change_answer *ret, struct arena *a,
    struct arena *scratch, const struct actors *all, int s,
    const struct change_witness *w);

/* "opened", "closed", "proxied", "unknown". */
const char *change_kind_name(enum change_kind kind);
