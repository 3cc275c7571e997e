/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which connections were seen at which end, in memory that does not grow: of
 * very many the oldest are forgotten.  Private to replay/.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct seen {
	uint64_t *slot; /* the upper bits of a hash, and flags below */
};

void seen_init(struct seen *s, struct arena *a);

/* What stands for the key. */
uint64_t seen_hash(const void *key, size_t n);

/* The flags of a key by its hash, which is there afterwards; new ones are 0. */
uint64_t *seen_put(struct seen *s, uint64_t hash);

#define SEEN_FLAGS UINT64_C(7)
