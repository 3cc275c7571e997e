/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Every packet of a subject in a direction: by the rules, and by the map.
 * Private to prove/.
 */

#include "prove/prove.h"
#include "prove/rules.h"

/* The names of the bundle's proxies, by their ports from BUNDLE_PROXY_PORT + 1
 * on. */
typedef VEC(struct str) proxy_vec;

/* What came out, of one direction. */
struct finding {
	const char
	    *conflict;  /* Cilium refuses these rules; nothing is judged */
	bool limited;   /* cnpc makes no map of them */
	bool from_zero; /* nothing is judged for this reason */
	uint64_t classes, intervals, wrong, auth_open, tied;
	bool has_example;
	struct counterexample example; /* the first one */
};

/*
 * Tries the packets of R against the map IMG; SCRATCH is for this call, A for
 * what stays.
 */
void packets_try(struct finding *ret, struct arena *a, struct arena *scratch,
    struct rules *r, const struct image *img, const proxy_vec *proxies);
