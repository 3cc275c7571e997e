/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shuffling and shrinking need no knowledge of what a list holds, only of
 * where the lists are.
 */
#include <string.h>

#include "prop.h"
#include "world.h"

/* A list somewhere in a world. */
struct place {
	char *v;
	size_t *n;
	size_t size;   /* of an item */
	size_t least;  /* it makes no sense with fewer */
	bool *present; /* NULL when empty and absent are the same */
};

struct places {
	struct arena *arena;
	bool copy; /* give each list its own items, before looking into them */
	VEC(struct place) v;
};

static void *
add(struct places *l, void *v, size_t *n, size_t size, size_t least,
    bool *present)
{
	if (l->copy)
		v = *n > 0
		    ? memcpy(arena_array(l->arena, *n, size), v, *n * size)
		    : NULL;
	*vec_push(&l->v, l->arena) = (struct place){v, n, size, least, present};
	return v;
}

#define ADD(l, list, least)                                                   \
	((list)->v = add(l, (list)->v, &(list)->n, sizeof(*(list)->v), least, \
	     NULL))
#define ADD_OPTIONAL(l, list)                                             \
	((list)->v = add(l, (list)->v, &(list)->n, sizeof(*(list)->v), 0, \
	     &(list)->present))

static void
add_selector(struct places *l, struct toy_selector *s)
{
	ADD(l, &s->labels, 0);
	ADD(l, &s->exprs, 0);
	VEC_FOREACH (e, &s->exprs)
		ADD(l, &e->values, e->values.n > 0);
}

static void
add_element(struct places *l, struct toy_element *e)
{
	ADD_OPTIONAL(l, &e->endpoints);
	VEC_FOREACH (s, &e->endpoints)
		add_selector(l, s);
	ADD_OPTIONAL(l, &e->entities);
	ADD_OPTIONAL(l, &e->cidrs);
	ADD_OPTIONAL(l, &e->cidr_sets);
	VEC_FOREACH (r, &e->cidr_sets)
		ADD_OPTIONAL(l, &r->except);
	ADD_OPTIONAL(l, &e->ports);
	VEC_FOREACH (r, &e->ports)
		ADD_OPTIONAL(l, &r->ports);
	ADD_OPTIONAL(l, &e->icmps);
	VEC_FOREACH (r, &e->icmps)
		ADD_OPTIONAL(l, &r->fields);
}

static void
add_rule(struct places *l, struct toy_rule *r)
{
	add_selector(l, &r->subject);
	for (int dir = 0; dir < 2; dir++) {
		struct toy_side *s = &r->side[dir];

		ADD_OPTIONAL(l, &s->allow);
		VEC_FOREACH (e, &s->allow)
			add_element(l, e);
		ADD_OPTIONAL(l, &s->deny);
		VEC_FOREACH (e, &s->deny)
			add_element(l, e);
	}
}

static void
add_policy(struct places *l, struct toy_policy *p)
{
	ADD(l, &p->spec, 0);
	VEC_FOREACH (r, &p->spec)
		add_rule(l, r);
	ADD_OPTIONAL(l, &p->specs);
	VEC_FOREACH (r, &p->specs)
		add_rule(l, r);
}

/* Every list, the outer before the inner. */
static void
all_places(struct places *l, struct toy *t)
{
	l->v.n = 0;
	ADD(l, &t->policies, 0);
	VEC_FOREACH (p, &t->policies)
		add_policy(l, p);
	ADD(l, &t->pods, 0);
	VEC_FOREACH (p, &t->pods)
		ADD(l, &p->labels, 0);
	ADD(l, &t->namespaces, t->namespaces.n);
	VEC_FOREACH (ns, &t->namespaces)
		ADD(l, &ns->labels, 0);
}

void
toy_shuffle(struct toy *ret, struct arena *a, const struct toy *t,
    uint64_t seed)
{
	struct places l = {.arena = a, .copy = true};

	*ret = *t;
	all_places(&l, ret);
	/* Inner lists first: where they are moves with the items around. */
	for (size_t i = l.v.n; i-- > 0;) {
		const struct place *p = &l.v.v[i];
		char *tmp = arena_alloc(a, p->size);

		for (size_t k = *p->n; k > 1; k--) {
			char *x = p->v + (k - 1) * p->size;
			char *y =
			    p->v + prop_below(&seed, (uint32_t)k) * p->size;

			memcpy(tmp, x, p->size);
			memmove(x, y, p->size);
			memcpy(y, tmp, p->size);
		}
	}
}

/* Takes item I out; true if the world still fails without it. */
static bool
drop_item(struct toy *t, const struct place *p, size_t i, char *tmp,
    bool (*fails)(const struct toy *t, void *arg), void *arg)
{
	char *item = p->v + i * p->size;
	size_t behind = (*p->n - i - 1) * p->size;

	memcpy(tmp, item, p->size);
	memmove(item, item + p->size, behind);
	--*p->n;
	if (fails(t, arg))
		return true;
	++*p->n;
	memmove(item + p->size, item, behind);
	memcpy(item, tmp, p->size);
	return false;
}

static bool
drop_list(struct toy *t, const struct place *p,
    bool (*fails)(const struct toy *t, void *arg), void *arg)
{
	if (p->present == NULL || !*p->present || *p->n > 0)
		return false;
	*p->present = false;
	if (fails(t, arg))
		return true;
	*p->present = true;
	return false;
}

/* One item or empty list less; false when nothing can go. */
static bool
shrink_once(struct toy *t, struct arena *a,
    bool (*fails)(const struct toy *t, void *arg), void *arg)
{
	struct places l = {.arena = a};

	all_places(&l, t);
	VEC_FOREACH (p, &l.v) {
		char *tmp = arena_alloc(a, p->size);

		for (size_t i = *p->n; i-- > 0 && *p->n > p->least;) {
			if (drop_item(t, p, i, tmp, fails, arg))
				return true;
		}
		if (drop_list(t, p, fails, arg))
			return true;
	}
	return false;
}

void
toy_shrink(struct toy *t, bool (*fails)(const struct toy *t, void *arg),
    void *arg)
{
	struct arena a = {0};

	while (shrink_once(t, &a, fails, arg))
		arena_reset(&a);
	arena_free(&a);
}
