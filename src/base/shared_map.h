/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Maps that several threads look into and add to at once.  What the value of a
 * key is must not depend on who adds it; the first one that is added stays.
 *
 *     value = shared_map_get(&map, key);
 *     if (!value)
 *             value = shared_map_put(&map, key, value_new(...));
 */

#include <pthread.h>

#include "base/map.h"
#include "base/str.h"

#define SHARED_MAP_PARTS 64

/* Keys are spread over parts, so that threads seldom wait for each other. */
struct shared_map_part {
	pthread_mutex_t lock;
	struct arena arena;
	struct map map;
};

struct shared_map {
	struct shared_map_part part[SHARED_MAP_PARTS];
};

void shared_map_init(struct shared_map *m);
void shared_map_free(struct shared_map *m);

/* The value, or NULL when the key is absent. */
void *shared_map_get(struct shared_map *m, struct str key);

/* The value of the key: VALUE, or the one that was there before. */
void *shared_map_put(struct shared_map *m, struct str key, void *value);
