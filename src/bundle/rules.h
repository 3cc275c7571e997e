/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which rule gave each entry of a policy map: for each row of its image a list
 * of shares, of which the first one that has a peer names the rule.  A rule is
 * a number of BUNDLE_RULES; 0 is none, or one that Cilium adds.
 *
 * Maps have no room for this, or keep it for the numbers of a running agent,
 * and equal maps can come from different rules: so the lists are in a file of
 * their own, each distinct one once, and endpoints name theirs by number.
 * cnpc-image(5) has every byte.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "bundle/peer_sets.h"

/* The rule of some peers of a row. */
struct row_share {
	uint32_t rule;
	const struct peer_set *peers; /* NULL in a row's last: all others */
};

/* The rows of a direction of a policy, in the order of its image. */
struct rule_list {
	const struct row_share *shares; /* row after row */
	uint32_t nshares;
	const uint32_t *rows; /* the first share of each; of a list that was
			       * read */
	uint32_t nrows;
};

/* The lists of an endpoint, by enum direction: from 1; 0: it has no policy. */
struct endpoint_rules {
	uint32_t list[2];
};

struct rule_lists {
	struct arena *arena;
	VEC(struct rule_list) v;
	struct map of_bytes;                    /* of a list -> its number */
	const struct endpoint_rules *endpoints; /* of lists that were read */
	uint32_t nendpoints;
};

void rule_lists_init(struct rule_lists *l, struct arena *a);

/* The number of this list; its sets have their numbers already. */
uint32_t rule_lists_add(struct rule_lists *l, const struct row_share *shares,
    uint32_t nshares);

/* The file, in A, for endpoints in the order of BUNDLE_ENDPOINTS. */
struct str rule_lists_put(const struct rule_lists *l, struct arena *a,
    const struct endpoint_rules *endpoints, uint32_t n);

/*
 * Takes BYTES for such a file, of rules up to NRULES and the sets of a bundle,
 * after every number has been checked.  False, with the reason in *ret_problem,
 * when something is wrong.
 */
bool rule_lists_read(struct rule_lists *ret_lists, struct arena *a,
    struct str bytes, const struct peer_sets *sets, uint32_t nrules,
    const char **ret_problem);

/* The rule that gave the entry of an identity in a row; ID 0: of any. */
uint32_t rule_list_find(const struct rule_list *l, uint32_t row, uint32_t id);
