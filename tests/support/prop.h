/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Random input for property tests: the same on each run unless CNPC_SEED says
 * otherwise, and the seed is in the log.
 */

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static inline uint64_t
prop_seed(void)
{
	const char *s = getenv("CNPC_SEED");
	uint64_t seed = s ? strtoull(s, NULL, 0) : 1;

	printf("# CNPC_SEED=%" PRIu64 "\n", seed);
	return seed;
}

/* The next number of the sequence (splitmix64). */
static inline uint64_t
prop_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* A number below N. */
static inline uint32_t
prop_below(uint64_t *state, uint32_t n)
{
	return (uint32_t)(prop_next(state) % n);
}
