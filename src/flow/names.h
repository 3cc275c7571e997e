/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A set of names for a hint.  Private to flow/.
 */

#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"

struct names {
	struct map seen;
	VEC(struct str) v;
};

void names_init(struct names *n, struct arena *a);
void names_add(struct names *n, struct str name);

/* "a, b, c and 4 more", in byte order, of one name at least. */
const char *names_print(struct names *n);
