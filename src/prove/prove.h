/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An independent check of a bundle: what the rules say of every packet, held
 * against what its maps give.
 *
 * From the compiler it takes the rules (ir/) and who is there (ident/world.h),
 * and nothing of how maps are made: which labels meet a selector, what a
 * port's name means, which rule decides and what it asks for is worked out here
 * once more, plainly (prove/rules.h), and slowly.  Entries are looked up as the
 * datapath does it (bundle/decide.h).
 *
 * Every packet is tried: peers that no selector and no entry tells apart are
 * one class (an aggregate is a peer that is not in the input), ports between
 * two that are written somewhere one interval, and protocols that nothing names
 * are one.  What is not judged is counted.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/vec.h"
#include "base/work.h"
#include "bundle/read.h"
#include "bundle/record.h"
#include "ident/world.h"

struct proof_verdict {
	uint8_t reason;      /* enum cnpc_reason of cnpc_abi.h */
	uint8_t auth;        /* type, of CNPC_AUTH_NEEDED */
	struct str redirect; /* name of the proxy, or "" */
};

/* Something that the policies and the bundle tell differently. */
struct counterexample {
	const char *problem; /* what is wrong; NULL: a verdict: */
	const struct endpoint *endpoint;
	enum direction dir;
	uint32_t peer; /* ident index */
	uint8_t proto;
	uint16_t first, last; /* ports that are judged alike */
	struct proof_verdict says, gives;
	const struct ir_rule *rule; /* that says it, or NULL */
	bool has_entry;             /* that gives it: */
	struct policy_record entry;
};

struct proof {
	uint32_t endpoints;
	uint32_t directions; /* distinct ones of these, */
	uint64_t classes;    /* their peers, and */
	uint64_t intervals;  /* the ports of these */
	uint64_t wrong;      /* of these intervals, and other problems */
	/* The first one of each direction, and all problems. */
	VEC(struct counterexample) examples;
	/* What is not judged: */
	uint32_t refused;   /* endpoints whose rules Cilium refuses */
	uint32_t limited;   /* endpoints for which cnpc makes no maps */
	uint32_t from_zero; /* directions with a range from port 0, which no
			     * reading of rules fits before 1.20 */
	uint64_t auth_open; /* intervals of which Cilium leaves open which
			     * authentication, */
	uint64_t tied;      /* or which of two listeners they get */
	uint32_t proxies;   /* whose reading is not judged */
};

/*
 * Holds the bundle B against the rules and the world W, whose options are those
 * of the bundle: see proof_mismatch().  POOL shares the work.
 */
void proof_make(struct proof *ret, struct pool *pool, struct arena *a,
    const struct world *w, const struct bundle_content *b);

/* How the options that W was made with differ from the bundle's, in A, or NULL
 * where they are the same. */
const char *proof_mismatch(struct arena *a, const struct world *w,
    const struct bundle_content *b);
