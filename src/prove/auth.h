/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which authentication a packet needs.  There is no reading of the rules but
 * for the way in which Cilium puts them into a map, one after the other; so
 * that is what is done here for one peer (semantics.md 11.3, 11.4, 11.10), and
 * its lookup tells.  Private to prove/.
 */

#include "prove/rules.h"
#include "bundle/decide.h"

/* Orders in which entries of one tier may come, where none is said. */
#define AUTH_ORDERS 4

/* The maps of a peer, in A, by each of the orders. */
void auth_maps(struct policy_table ret[static AUTH_ORDERS], struct arena *a,
    const struct rules *r, uint32_t peer);
