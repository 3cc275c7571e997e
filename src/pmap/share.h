/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which rule gave an entry.  Entries are computed for whole sets of peers, and
 * rules that say the same are merged, so an entry has a list of shares: the
 * first one that has a peer names the rule that decides for it.  As in
 * pmap_why(), that is the strongest rule that matches the peer, but among the
 * rules that match every port of the entry's key.
 *
 *     share_vec shares = {0};
 *
 *     pmap_shares(&shares, scratch, pmaps->world, direction, key, entry);
 *     for (i = 0; shares.v[i].peers; i++)
 *             if (bitset_test(shares.v[i].peers, peer.i))
 *                     break;
 *     return shares.v[i].rule;
 */

#include "pmap/pmap.h"

struct pmap_share {
	const struct ir_rule *rule; /* NULL: no rule matches */
	const struct bitset *peers; /* NULL in the last one: all others */
};

typedef VEC(struct pmap_share) share_vec;

/* Appends the shares of an entry at KEY, at least one.  Sets that no selector
 * has are in A. */
void pmap_shares(share_vec *ret_shares, struct arena *a, const struct world *w,
    const struct pmap_direction *direction, const struct pmap_key *key,
    const struct pmap_entry *entry);
