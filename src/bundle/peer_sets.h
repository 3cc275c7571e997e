/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The sets of peers that the policies of a bundle name, each once, and their
 * file.  A set is named by the hash of its members.  cnpc-image(5) has every
 * byte.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"

/* Sorts N identities and leaves each once; how many that are. */
size_t ids_unite(uint32_t *ids, size_t n);

/* Whether N identities, ascending, have one. */
bool ids_have(const uint32_t *ids, size_t n, uint32_t id);

/* Identities that some entry has as its peers. */
struct peer_set {
	uint8_t name[HASH_SIZE];
	const uint32_t *ids; /* ascending, at least one */
	uint32_t n;
	uint32_t number; /* in the file, from 1; 0: not sorted yet */
};

/* By name; A and B point to pointers to sets. */
int peer_set_compare(const void *a, const void *b);

/* The distinct sets of a bundle. */
struct peer_sets {
	struct arena *arena;
	VEC(struct peer_set *) v; /* as added, or by name */
	struct map of_name;
};

void peer_sets_init(struct peer_sets *s, struct arena *a);

/* The set of these members, ascending and at least one, which are copied. */
const struct peer_set *peer_sets_add(struct peer_sets *s, const uint32_t *ids,
    uint32_t n);

/* Whether a set has a member. */
bool peer_set_has(const struct peer_set *set, uint32_t id);

/* Sorts the sets and gives them their numbers; no other is added. */
void peer_sets_sort(struct peer_sets *s);

/* The file of all sets, which are sorted, in A. */
struct str peer_sets_put(const struct peer_sets *s, struct arena *a);

/*
 * Takes BYTES for a file of sets, after every field, every member, the names
 * and the order have been checked.  False, with the reason in *ret_problem,
 * when something is wrong.
 */
bool peer_sets_read(struct peer_sets *s, struct arena *a, struct str bytes,
    const char **ret_problem);
