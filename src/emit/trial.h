/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A policy on trial: packets of every probe, to and from every peer, in both
 * families, through the loaded programs, against somebody's opinion of what
 * should happen to them.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "emit/decide.h"
#include "emit/kernel.h"
#include "emit/peers.h"
#include "emit/probe.h"

/* Who says what should come out; PORT in host order. */
typedef struct verdict trial_expect_fn(void *arg, enum pmap_dir dir,
    uint32_t peer, uint8_t proto, uint16_t port);

struct trial {
	const struct kernel_policy *policy;
	const struct peers *peers;
	const struct peer *local;         /* the endpoint itself */
	const struct peer *const *remote; /* those without an address in no
					   * prefix, which is always tried */
	uint32_t nremote;
	const struct probes *probes;
	bool family[2]; /* by family - 1: the cluster has it */
	bool open[2];   /* by direction: nothing is judged */
	trial_expect_fn *expect;
	void *arg;
};

struct trial_tally {
	uint64_t runs;
	uint64_t wrong;
	const char *first; /* the first one that was wrong, in words */
};

/* Adds to *tally.  Returns 0 or the errno value of a run that failed. */
int trial_run(struct trial_tally *tally, struct arena *a,
    const struct trial *t);
