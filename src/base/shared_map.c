/* SPDX-License-Identifier: Apache-2.0 */
/* Maps with a lock each; a hash of the key says which one has it. */
#include "base/shared_map.h"

#include "base/hash.h"

void
shared_map_init(struct shared_map *m)
{
	for (size_t i = 0; i < SHARED_MAP_PARTS; i++) {
		struct shared_map_part *p = &m->part[i];

		pthread_mutex_init(&p->lock, NULL);
		p->arena = (struct arena){0};
		map_init(&p->map, &p->arena);
	}
}

void
shared_map_free(struct shared_map *m)
{
	for (size_t i = 0; i < SHARED_MAP_PARTS; i++) {
		arena_free(&m->part[i].arena);
		pthread_mutex_destroy(&m->part[i].lock);
	}
}

static struct shared_map_part *
part_of(struct shared_map *m, struct str key)
{
	uint8_t hash[HASH_SIZE];

	hash_put(hash, key.s, key.n);
	return &m->part[hash[0] % SHARED_MAP_PARTS];
}

void *
shared_map_get(struct shared_map *m, struct str key)
{
	struct shared_map_part *p = part_of(m, key);
	void *found;

	pthread_mutex_lock(&p->lock);
	found = map_get(&p->map, key.s, key.n);
	pthread_mutex_unlock(&p->lock);
	return found;
}

void *
shared_map_put(struct shared_map *m, struct str key, void *value)
{
	struct shared_map_part *p = part_of(m, key);
	void **slot;

	pthread_mutex_lock(&p->lock);
	slot = map_put(&p->map, key.s, key.n);
	if (!*slot)
		*slot = value;
	value = *slot;
	pthread_mutex_unlock(&p->lock);
	return value;
}
