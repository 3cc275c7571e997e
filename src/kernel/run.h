/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The running kernel as a judge: a frame goes through a loaded program, which
 * leaves what it made of it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "kernel/load.h"

/* What a program made of a frame; numbers as in cnpc_abi.h. */
struct kernel_seen {
	bool passed;
	uint32_t reason;
	uint32_t remote, local; /* identities */
	uint32_t proxy_port;
	uint32_t l4;
	uint32_t mark;
};

/* 0 or an errno value. */
int kernel_run(const struct kernel_policy *k, enum direction dir,
    struct str frame, struct kernel_seen *ret_seen);
