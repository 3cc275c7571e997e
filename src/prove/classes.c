/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set's members leave their classes for new ones, so that some classes
 * become empty; nobody minds.
 */
#include "prove/classes.h"

void
classes_init(struct classes *c, struct arena *a, uint32_t n)
{
	*c = (struct classes){.arena = a,
	    .n = n,
	    .of = ARENA_ARRAY(a, uint32_t, n)};
	vec_push(&c->split, a);
}

void
classes_begin(struct classes *c)
{
	c->set++;
}

void
classes_take(struct classes *c, uint32_t i)
{
	struct class_split *s = &c->split.v[c->of[i]];

	if (s->set != c->set) {
		*s = (struct class_split){c->set, (uint32_t)c->split.n};
		vec_push(&c->split, c->arena);
		s = &c->split.v[c->of[i]];
	}
	c->of[i] = s->into;
}
