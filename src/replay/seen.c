/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table of hashes; a new key may take the place of another one.
 */
#include "replay/seen.h"

#include "base/hash.h"

enum {
	SLOTS = 1 << 20,
	WAYS = 4,
};

void
seen_init(struct seen *s, struct arena *a)
{
	s->slot = ARENA_ARRAY(a, uint64_t, SLOTS);
}

uint64_t
seen_hash(const void *key, size_t n)
{
	uint8_t bytes[HASH_SIZE];
	uint64_t hash;

	hash_put(bytes, key, n);
	memcpy(&hash, bytes, sizeof(hash));
	return hash;
}

uint64_t *
seen_put(struct seen *s, uint64_t hash)
{
	uint64_t *way = &s->slot[(hash & (SLOTS / WAYS - 1)) * WAYS];
	uint64_t tag = hash & ~SEEN_FLAGS;

	for (int i = 0; i < WAYS; i++) {
		if (way[i] != 0 && (way[i] & ~SEEN_FLAGS) == tag)
			return &way[i];
	}
	/* The oldest is the last. */
	for (int i = WAYS - 1; i > 0; i--)
		way[i] = way[i - 1];
	way[0] = tag;
	return &way[0];
}
