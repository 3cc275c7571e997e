/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Maps that somebody has pinned, read entry by entry.
 */

#include <stdbool.h>
#include <stdint.h>

struct pinned_shape {
	uint32_t key_size, value_size;
};

/* Takes an entry; false ends the reading. */
typedef bool pinned_entry(void *arg, const uint8_t *key, const uint8_t *value);

/*
 * Gives every entry of the map pinned at PATH to TAKE.  A map of another shape
 * is told in *ret_problem, and nothing of it is read.  Returns 0 or an errno
 * value.
 */
int pinned_read(const char *path, struct pinned_shape shape, pinned_entry *take,
    void *arg, const char **ret_problem);
