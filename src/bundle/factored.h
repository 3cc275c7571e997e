/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Policy images as a bundle holds them: factored.  An entry for thousands of
 * peers is written once, as a row, and names the set of these peers.  Written
 * out entry by entry, the images of 20,000 identities would have gigabytes.
 * cnpc-image(5) has every byte.
 *
 * An image is named by the hash of its rows and their sets' names,
 * so an image's name is that of all entries of its map, whatever else is in the
 * bundle.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/str.h"
#include "bundle/image.h"
#include "bundle/peer_sets.h"
#include "bundle/rules.h"

struct factored {
	struct image rows; /* their identities are numbers of sets, from 1 */
	uint32_t nentries; /* of the map */
	struct str bytes;  /* rows included */
	char hash[HASH_STRLEN]; /* its name */
};

/*
 * An image of N rows in A, in the layout of a version.  SETS has the set of
 * each row, NULL for an entry for any identity; the rows' identities are
 * overwritten.  Rows of one key have sets without common members and different
 * values, and altogether there are at most MAX_ENTRIES entries.
 */
void factored_put(struct factored *f, struct arena *a, unsigned cilium,
    struct policy_record *rows, const struct peer_set *const *sets, uint32_t n,
    uint32_t max_entries);

/* The rows, by enum direction, of an image that was read before. */
void factored_count(struct str bytes, uint32_t ret_nrows[static 2]);

/*
 * The map of BYTES, entry by entry, in A, after everything about them has been
 * checked; with the rules of LISTS, by direction, which have as many rows, or
 * are NULL.  False, with the reason in *ret_problem, when
 * something is wrong.
 */
bool factored_read(struct image *ret_image, struct arena *a, struct str bytes,
    const struct peer_sets *sets, const struct rule_list *const *lists,
    const char **ret_problem);
