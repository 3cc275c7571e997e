/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A policy on trial: packets go through its loaded programs, and each verdict
 * is compared with an expected one.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "bundle/decide.h"
#include "kernel/load.h"
#include "kernel/testnet.h"
#include "kernel/probe.h"

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
	const char *first; /* the first one that was wrong, in words */
};

/*
 * Both functions add to *tally and return 0 or the errno value of a run that
 * failed.
 *
 * Every probe to or from one host, in both families.
 */
int trial_host(struct trial_tally *tally, struct arena *a,
    const struct trial *t, enum direction dir, const struct test_host *remote,
    const struct probes *probes);

/*
 * Every entry of TABLE: each identity that has entries in a direction is tried
 * at their boundaries and at those of the entries for any identity.  OTHERS,
 * and the unmapped hosts, are tried at the latter, and at common ports.
 */
int trial_table(struct trial_tally *tally, struct arena *a,
    const struct trial *t, const struct testnet *net,
    const struct policy_table *table, const uint32_t *others, uint32_t nothers);
