/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Policy images as a bundle holds them: factored.  An entry for thousands of
 * peers is written once, as a row, and names the set of these peers; the sets
 * of all policies are in one file, each once.  Written out entry by entry,
 * the images of 20,000 identities would have gigabytes.  The images are in
 * one file too: with a file for each, making the files would take longer than
 * all the rest.  cnpc-image(5) has every byte.
 *
 * A set is named by the hash of its members and an image by the hash of its
 * rows and their sets' names, so an image's name is that of all entries of its
 * map, whatever else is in the bundle.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "bundle/image.h"

/* Sorts N identities and leaves each once; how many that are. */
size_t ids_unite(uint32_t *ids, size_t n);

/* Identities that some entry has as its peers. */
struct peer_set {
	uint8_t name[HASH_SIZE];
	const uint32_t *ids; /* ascending, at least one */
	uint32_t n;
};

/* The distinct sets of a bundle. */
struct peer_sets {
	struct arena *arena;
	VEC(const struct peer_set *) v; /* as added */
	struct map of_name;
};

void peer_sets_init(struct peer_sets *s, struct arena *a);

/* The set of these members, ascending and at least one, which are copied. */
const struct peer_set *peer_sets_add(struct peer_sets *s, const uint32_t *ids,
    uint32_t n);

/* The file of all sets, in A. */
struct str peer_sets_put(const struct peer_sets *s, struct arena *a);

/*
 * Takes BYTES for a file of sets, after every field, every member, the names
 * and the order have been checked.  False, with the reason in *ret_problem,
 * when something is wrong.
 */
bool peer_sets_read(struct peer_sets *s, struct arena *a, struct str bytes,
    const char **ret_problem);

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

/*
 * The map of BYTES, entry by entry, in A, after everything about
 * them has been checked.  False, with the reason in *ret_problem, when
 * something is wrong.
 */
bool factored_read(struct image *ret_image, struct arena *a, struct str bytes,
    const struct peer_sets *sets, const char **ret_problem);

/*
 * The file of images, each once, in any order.  Its reader checks that each is
 * where the file says; what is in it, factored_read() checks.
 */
struct str pack_put(struct arena *a, const struct str *images, uint32_t n);

struct pack {
	struct map of_name; /* bytes of the hash -> struct str * */
};

bool pack_read(struct pack *ret_pack, struct arena *a, struct str bytes,
    const char **ret_problem);

/* The image of this name as it is in text; NULL when there is none. */
const struct str *pack_find(const struct pack *p, struct str hash);
