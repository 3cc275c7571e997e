/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A policy on trial: packets go through its loaded programs, and all that these
 * make of each is compared with what is expected: what kernel/packet.h reads
 * from the frame, and what somebody then decides.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "bundle/decide.h"
#include "kernel/load.h"
#include "kernel/probe.h"
#include "kernel/run.h"
#include "kernel/testnet.h"

/* Who says what should come out; PORT in host order. */
typedef struct verdict trial_expect_fn(void *arg, enum direction dir,
    uint32_t peer, uint8_t proto, uint16_t port);

struct trial {
	const struct kernel_policy *policy;
	const struct test_host *local; /* the endpoint itself */
	bool family[2];                /* by family - 1: the cluster has it */
	bool open[2];                  /* by direction: nothing is judged */
	trial_expect_fn *expect;
	void *arg;
};

struct trial_tally {
	uint64_t runs;
	uint64_t wrong;
	const char *first;     /* the first one that was wrong, in words */
	kernel_counts counted; /* what the programs should have counted: see
				* trial_begin() */
};

/*
 * All functions return 0 or the errno value of what failed, and those that run
 * packets add to *tally.
 *
 * What runs between these two is also held against the counters of T's
 * programs; one that is not what it should be is wrong once.  To begin with,
 * each counter of each processor becomes START.
 */
int trial_begin(struct trial_tally *tally, const struct trial *t,
    uint64_t start);
int trial_end(struct trial_tally *tally, struct arena *a,
    const struct trial *t);

/* One frame between the endpoint and another host, from or to its address. */
int trial_frame(struct trial_tally *tally, struct arena *a,
    const struct trial *t, enum direction dir, const struct test_host *remote,
    struct str frame);

/* Every probe to or from one host, in both families. */
int trial_host(struct trial_tally *tally, struct arena *a,
    const struct trial *t, enum direction dir, const struct test_host *remote,
    const struct probes *probes);

/*
 * Every entry of TABLE: each identity that has entries in a direction is tried
 * at their boundaries and at those of the entries for any identity.  OTHERS,
 * and the unmapped hosts, are tried at the latter, and at common ports.  Begins
 * and ends the counting itself.
 */
int trial_table(struct trial_tally *tally, struct arena *a,
    const struct trial *t, const struct testnet *net,
    const struct policy_table *table, const uint32_t *others, uint32_t nothers);
