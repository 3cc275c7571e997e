/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The file of all policy images: with a file for each, making the files would
 * take longer than all the rest.  cnpc-image(5) has every byte.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"

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
