/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hash table: entries in insertion order, and open addressing with linear
 * probing over their indices.
 */
#include "base/map.h"

#include <assert.h>
#include <string.h>

#include <xxhash.h>

#define SLOTS_MIN 16

/* The slot that holds the key, or the free one where it would go. */
static uint32_t *
slot_find(const struct map *m, const void *key, size_t len, uint32_t hash)
{
	const struct map_entry *e;
	uint32_t i, *slot;

	for (i = hash;; i++) {
		slot = &m->slot[i & m->mask];
		if (*slot == 0)
			return slot;
		e = &m->entry[*slot - 1];
		if (e->hash == hash && e->len == len &&
		    (len == 0 || memcmp(e->key, key, len) == 0))
			return slot;
	}
}

static void
map_grow(struct map *m)
{
	uint32_t slots = m->slot ? (m->mask + 1) * 2 : SLOTS_MIN;
	uint32_t cap = slots / 4 * 3 - 1; /* load stays below 3/4 */
	uint32_t i, j;

	assert(slots > m->mask);
	m->entry = arena_grow(m->arena, m->entry, m->cap * sizeof(*m->entry),
	    cap * sizeof(*m->entry));
	m->cap = cap;
	m->slot = ARENA_ARRAY(m->arena, uint32_t, slots);
	m->mask = slots - 1;
	for (i = 0; i < m->n; i++) {
		for (j = m->entry[i].hash; m->slot[j & m->mask]; j++)
			continue;
		m->slot[j & m->mask] = i + 1;
	}
}

void
map_init(struct map *m, struct arena *a)
{
	*m = (struct map){.arena = a};
}

void *
map_get(const struct map *m, const void *key, size_t len)
{
	uint32_t i;

	if (m->n == 0)
		return NULL;
	i = *slot_find(m, key, len, (uint32_t)XXH3_64bits(key, len));
	return i ? m->entry[i - 1].value : NULL;
}

void **
map_put(struct map *m, const void *key, size_t len)
{
	uint32_t hash = (uint32_t)XXH3_64bits(key, len);
	uint32_t *slot;

	assert(len <= UINT32_MAX);
	if (m->n == m->cap)
		map_grow(m);
	slot = slot_find(m, key, len, hash);
	if (*slot == 0) {
		m->entry[m->n] = (struct map_entry){
		    .key = arena_dup(m->arena, key, len),
		    .len = (uint32_t)len,
		    .hash = hash,
		};
		*slot = ++m->n;
	}
	return &m->entry[*slot - 1].value;
}
