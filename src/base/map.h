/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Hash tables in an arena, from byte strings to pointers.
 *
 *     void **value = map_put(&map, name.s, name.n);
 *
 *     if (!*value)
 *             *value = object_new(...); // it is the first of this name
 *
 * Iteration goes over m.entry[0..n-1], in insertion order, so no result
 * depends on hash values.  Keys are copied.  There is no removal.  Not safe
 * for use by several threads, unless all of them only look up.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct map_entry {
	const void *key;
	void *value;
	uint32_t len, hash;
};

struct map {
	struct arena *arena;
	struct map_entry *entry; /* [n], in insertion order */
	uint32_t *slot;          /* [mask + 1]: index into entry, plus one */
	uint32_t n, cap, mask;
};

/* An empty map in A. */
void map_init(struct map *m, struct arena *a);

/* The value, or NULL when the key is absent. */
void *map_get(const struct map *m, const void *key, size_t len);

/* The place of the key's value; a new key's value is NULL. */
void **map_put(struct map *m, const void *key, size_t len);
