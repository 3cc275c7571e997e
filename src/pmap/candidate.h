/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What lies between the rules of a direction and its keys.  A candidate is what
 * one filter and one selector say at one key.  Private to pmap/.
 */

#include "pmap/pmap.h"
#include "pmap/ports.h"

struct candidate {
	uint8_t proto;
	struct port_prefix prefix;
	bool pass; /* no verdict: on to the next tier */
	struct pmap_value value;
	uint32_t tier_max;          /* precedences of the tier at hand lie */
	uint32_t tier_min;          /* in tier_min..tier_max */
	const struct bitset *peers; /* NULL: any identity */
	uint32_t order;
};

typedef VEC(struct candidate) candidate_vec;
typedef VEC(struct pmap_key) key_vec;

/* Descending by precedence, then ascending by what else tells them apart. */
int value_compare(const struct pmap_value *a, const struct pmap_value *b);

/* The same of entries, the wildcard's first. */
int entry_compare(const void *a, const void *b);

/* By key: protocol, prefix length, port; the order of direction.keys. */
int candidate_key_compare(const struct candidate *a, const struct candidate *b);

/*
 * Builds the keys of a direction into A from candidates, which it may sort.
 *
 * keys_cover() takes directions with neither passes nor authentication and
 * works on whole sets of peers.  keys_insert() takes every direction: it
 * inserts key by key as Cilium does, for peer_classes of peers that no selector
 * of the direction tells apart.  Where both apply they give the same keys.
 */
void keys_cover(key_vec *keys, struct arena *a, struct arena *scratch,
    candidate_vec *candidates);
void keys_insert(key_vec *keys, struct arena *a, struct arena *scratch,
    candidate_vec *candidates, uint32_t nidents);

/*
 * Entries without precedence, from candidates that speak in several tiers.
 *
 * keys_give_tiers() says whether NODES, built as if there were one tier, give
 * every verdict of the tiers already, by CANDIDATES with the precedences of
 * their tiers, which it sorts.  If not, keys_flatten() puts others in their
 * place.
 */
struct flat;
bool keys_give_tiers(const key_vec *keys, struct arena *scratch,
    candidate_vec *candidates, uint32_t nidents, struct flat **ret_flat);
void keys_flatten(key_vec *keys, struct arena *a, struct flat *f);

/*
 * A range that starts at port 0 ends up as every port: the datapath's keys
 * give port 0 no port bits (semantics.md 10.2).  Moves such keys there; last
 * of all, because it prunes nothing.
 */
void keys_fold_port_zero(key_vec *keys, struct arena *a);
