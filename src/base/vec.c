/* SPDX-License-Identifier: Apache-2.0 */
/* Growing arrays: the one function under the macros of vec.h. */
#include "base/vec.h"

#include <assert.h>
#include <string.h>

#define CAP_MIN 4

void *
vec_reserve(void *v, size_t n, size_t *cap, size_t size, struct arena *a)
{
	assert(n <= *cap);
	if (n == *cap) {
		size_t more = n ? n * 2 : CAP_MIN;

		assert(more <= PTRDIFF_MAX / size);
		v = arena_grow(a, v, n * size, more * size);
		*cap = more;
	}
	/* The place may have been used before the vector was shortened. */
	memset((char *)v + n * size, 0, size);
	return v;
}
