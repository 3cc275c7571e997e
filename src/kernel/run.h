/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The running kernel as a judge: a frame goes through a loaded program, and all
 * that this leaves is looked at.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "cnpc_abi.h"
#include "kernel/load.h"

/* The longest frame that there is room for. */
#define RUN_FRAME_MAX 3072

/* A packet's mark before a program sees it: what sets none leaves this. */
#define RUN_MARK 0x5eed0bad

/* What a program made of a frame; numbers as in cnpc_abi.h. */
struct kernel_seen {
	int32_t action; /* TC_ACT_*, or whatever else it returned */
	uint32_t reason;
	uint32_t remote; /* identity */
	uint32_t part;
	uint32_t proxy_port;
	uint32_t l4;
	uint32_t mark;
	bool touched; /* it changed something that it is to leave alone */
};

/*
 * 0 or an errno value.  What a program leaves in the packet's fields it must
 * have written: before it runs there is something else in each.
 */
int kernel_run(const struct kernel_policy *k, enum direction dir,
    struct str frame, struct kernel_seen *ret_seen);

/*
 * How many packets the programs counted, for each direction and reason.  Sums
 * over all processors; they wrap.
 */
typedef uint64_t kernel_counts[2][CNPC_REASONS];

/* Both return 0 or an errno value. */
int kernel_counts_get(const struct kernel_policy *k, kernel_counts ret_counts);

/* Every counter of every processor. */
int kernel_counts_set(const struct kernel_policy *k, uint64_t n);
