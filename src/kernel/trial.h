/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A policy on trial: packets go through its loaded programs, and all that these
 * make of each, and leave in maps, is compared with what is expected: what
 * kernel/packet.h reads from the frame, and kernel/track.h makes of it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "bundle/decide.h"
#include "kernel/load.h"
#include "bundle/probe.h"
#include "kernel/run.h"
#include "kernel/testnet.h"
#include "kernel/track.h"

struct trial {
	const struct kernel_policy *policy;
	const struct test_host *local; /* the endpoint itself */
	const struct cnpc_config *config;
	track_decide *decide; /* what should come out for a new connection */
	void *arg;
	/* How each packet finds its connection; expires is counted from the
	 * time of the packet.  NULL: it is not known. */
	const struct cnpc_flow *before;
	/* Ports of the first fragment of each packet's datagram, source and
	 * destination.  NULL: nobody has seen it. */
	const uint16_t *ports;
	/* What is wanted to be told; NULL: everything. */
	const struct cnpc_watch *watch;
};

struct trial_tally {
	uint64_t runs;
	uint64_t wrong;
	const char *first;     /* the first one that was wrong, in words */
	kernel_counts counted; /* what the programs should have counted: see
				* trial_begin() */
	int32_t told[CNPC_REASONS]; /* of those that everything is wanted of */
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
