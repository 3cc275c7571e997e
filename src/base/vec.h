/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Growing arrays in an arena.
 *
 *     VEC(struct peer) peers = {0};
 *     *vec_push(&peers, arena) = (struct peer){...};
 *     VEC_FOREACH (p, &peers) use(p);
 *
 * Pointers to elements are valid until the next push.
 */

#include <stddef.h>

#include "base/arena.h"

#define VEC(T)                 \
	struct {               \
		T *v;          \
		size_t n, cap; \
	}

/* Makes room for one more and returns a pointer to the new, zeroed last. */
#define vec_push(vec, arena)                                     \
	((vec)->v = vec_reserve((vec)->v, (vec)->n, &(vec)->cap, \
	     sizeof(*(vec)->v), (arena)),                        \
	    &(vec)->v[(vec)->n++])

#define VEC_FOREACH(p, vec)                       \
	for (__typeof__(*(vec)->v) *p = (vec)->v; \
	     p && p < (vec)->v + (vec)->n; p++)

/* Makes room for N in all, so that fewer do not move it. */
#define vec_room(vec, arena, count)                                        \
	((vec)->v = arena_grow((arena), (vec)->v,                          \
	     (vec)->cap * sizeof(*(vec)->v), (count) * sizeof(*(vec)->v)), \
	    (vec)->cap = (count))

/* The (moved) array with room for at least N + 1 elements of SIZE bytes. */
void *vec_reserve(void *v, size_t n, size_t *cap, size_t size, struct arena *a);
