/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Numbers that nothing tells apart: all are one class until a set is named,
 * which splits every class that it has some members of.
 *
 *     classes_begin(&c);
 *     for (each member i of the set)
 *             classes_take(&c, i);
 *
 * Private to prove/.
 */

#include "base/vec.h"
#include "base/work.h"

struct class_split {
	uint32_t set;  /* the last one that split it, */
	uint32_t into; /* and into which class its members go */
};

struct classes {
	struct arena *arena;
	uint32_t n;                    /* numbers */
	uint32_t *of;                  /* [number]: its class */
	uint32_t set;                  /* that is being named */
	VEC(struct class_split) split; /* [class] */
};

void classes_init(struct classes *c, struct arena *a, uint32_t n);
void classes_begin(struct classes *c);
void classes_take(struct classes *c, uint32_t i);
