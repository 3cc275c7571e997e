/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The experiments.  A world is kept only if some connection changes in it, so
 * that few are in memory at a time.
 */
#include "change/upgrade.h"

#include <string.h>

#include "change/effect.h"

enum {
	ROUNDS = 64, /* sets that are looked for; the rest is not explained */
};

bool
touch_is_any(const struct touch *t)
{
	return t->pods > 0 || t->prefixes > 0 || t->maps > 0 ||
	    t->entries != 0 || t->proxies > 0 || t->hosts > 0 || t->ports > 0 ||
	    t->objects > 0;
}

bool
upgrade_is_told(const struct upgrade *u, const struct upgrade_cause *c)
{
	return c->blamed || c->named || touch_is_any(&c->touch) ||
	    (c->form && u->portrait[0].pods.n > 0);
}

/* ---- attempts ---- */

static const struct bitset *
only(struct upgrade *u, uint32_t cause)
{
	struct bitset *set = bitset_new(u->arena, (uint32_t)u->causes.n);

	bitset_set(set, cause);
	return set;
}

static void
add_side(struct upgrade *u, struct upgrade_attempt *x,
    const struct change_side *side)
{
	x->is_side = true;
	x->side = (uint32_t)u->sides.n;
	*vec_push(&u->sides, u->arena) = *side;
}

/* Whether any connection, or what is denied by default, is as before. */
static bool
changes_something(struct upgrade *u, const struct change_side *side,
    struct arena *work)
{
	const struct change_side both[2] = {u->world[0], *side};
	struct arena scratch = {0};
	struct changes c;

	changes_find(&c, work, &scratch, both, 2);
	arena_free(&scratch);
	return c.v.n + c.isolation.n + c.idle.n > 0;
}

/* Turns CAUSES and notes what then is so; the attempt is the last one. */
static struct upgrade_attempt *
attempt(struct upgrade *u, const struct bitset *causes, struct touch *touch,
    bool keep)
{
	struct upgrade_attempt *x = vec_push(&u->attempts, u->arena);
	struct arena work = {0};
	struct change_side side;
	struct portrait p;

	x->causes = causes;
	side = u->maker.make(u->maker.context, causes, &x->handle);
	portrait_draw(&p, &work, &side);
	portrait_compare(touch, &u->portrait[0], &p);
	portrait_list_labels(&x->labels, u->arena, &u->portrait[0], &p);
	rulings_copy(&x->rulings, u->arena, &p.rulings);
	if (keep ||
	    (touch->maps + touch->pods + touch->prefixes + touch->hosts > 0 &&
		changes_something(u, &side, &work)))
		add_side(u, x, &side);
	else
		u->maker.drop(u->maker.context, x->handle);
	arena_free(&work);
	return x;
}

/* ---- sets ---- */

/* Whether EFFECT is as after with CAUSES turned. */
static bool
shows(struct upgrade *u, const struct effect *effect,
    const struct bitset *causes)
{
	void *handle;
	struct change_side side[3] = {u->world[0], u->world[1],
	    u->maker.make(u->maker.context, causes, &handle)};
	bool ok = effect_shows(effect, &u->portrait[0], side);

	u->maker.drop(u->maker.context, handle);
	return ok;
}

/* A set of causes that EFFECT needs each of. */
static const struct bitset *
reduce(struct upgrade *u, const struct effect *effect)
{
	uint32_t n = (uint32_t)u->causes.n;
	struct bitset *all = bitset_new(u->arena, n), *set;

	bitset_fill(all);
	set = bitset_dup(u->arena, all);
	/* First all those at once that do nothing alone. */
	for (uint32_t i = 0; i < n; i++) {
		if (!touch_is_any(&u->causes.v[i].touch))
			bitset_clear(set, i);
	}
	if (bitset_eq(set, all) || !shows(u, effect, set))
		bitset_copy(set, all);
	for (uint32_t i = 0; i < n; i++) {
		if (!bitset_test(set, i))
			continue;
		bitset_clear(set, i);
		if (!shows(u, effect, set))
			bitset_set(set, i);
	}
	return set;
}

/* ---- what is put down to whom ---- */

/* The attempts in which RULING[1] of X is the ruling. */
static void
find_ruling(struct upgrade *u, struct upgrade_ruling *x)
{
	struct bitset *set = bitset_new(u->arena, (uint32_t)u->attempts.n);

	for (uint32_t i = 0; i < u->attempts.n; i++) {
		const struct upgrade_attempt *t = &u->attempts.v[i];

		if (ruling_same(ruling_find(&t->rulings, x->object),
			x->ruling[1]))
			bitset_set(set, i);
	}
	x->tried = set;
}

static void
find_label(struct upgrade *u, struct upgrade_label *x)
{
	struct bitset *set = bitset_new(u->arena, (uint32_t)u->attempts.n);

	for (uint32_t i = 0; i < u->attempts.n; i++) {
		if (label_change_find(&u->attempts.v[i].labels, &x->change))
			bitset_set(set, i);
	}
	x->tried = set;
}

static void
find_all(struct upgrade *u)
{
	struct arena scratch = {0};

	changes_find(&u->changes, u->arena, &scratch, u->sides.v,
	    (uint32_t)u->sides.n);
	arena_free(&scratch);
	VEC_FOREACH (x, &u->rulings)
		find_ruling(u, x);
	VEC_FOREACH (x, &u->labels)
		find_label(u, x);
}

/* The first thing that no attempt explains; false: there is none. */
static bool
first_unexplained(const struct upgrade *u, struct effect *ret)
{
	const struct actors *all = &u->changes.actors;

	VEC_FOREACH (x, &u->changes.v) {
		if (bitset_empty(x->tried)) {
			effect_of_connection(ret, all, &x->witness);
			return true;
		}
	}
	VEC_FOREACH (x, &u->changes.isolation) {
		if (bitset_empty(x->tried)) {
			effect_of_isolation(ret, all, x->actor, x->dir);
			return true;
		}
	}
	VEC_FOREACH (x, &u->rulings) {
		if (bitset_empty(x->tried)) {
			*ret = (struct effect){.kind = EFFECT_RULING,
			    .object = x->object,
			    .ruling = x->ruling[1]};
			return true;
		}
	}
	VEC_FOREACH (x, &u->labels) {
		if (bitset_empty(x->tried)) {
			*ret = (struct effect){.kind = EFFECT_LABEL,
			    .label = &x->change};
			return true;
		}
	}
	return false;
}

/* ---- the result ---- */

/* Of a set of attempts those that do not need more causes than another. */
static const struct bitset *
least(struct upgrade *u, const struct bitset *tried, bool verdict)
{
	struct bitset *set = bitset_dup(u->arena, tried);

	BITSET_FOREACH (i, tried) {
		const struct bitset *causes = u->attempts.v[i].causes;

		BITSET_FOREACH (k, tried) {
			const struct bitset *of = u->attempts.v[k].causes;

			if (k != i && bitset_test(set, k) &&
			    bitset_subset(of, causes))
				bitset_clear(set, i);
		}
	}
	BITSET_FOREACH (i, set) {
		BITSET_FOREACH (c, u->attempts.v[i].causes) {
			u->causes.v[c].blamed |= verdict;
			u->causes.v[c].named = true;
		}
	}
	return set;
}

/* Sides as the attempts that they are. */
static const struct bitset *
attempts_of(struct upgrade *u, const struct bitset *sides, bool verdict)
{
	struct bitset *set = bitset_new(u->arena, (uint32_t)u->attempts.n);

	for (uint32_t i = 0; i < u->attempts.n; i++) {
		const struct upgrade_attempt *x = &u->attempts.v[i];

		if (x->is_side && bitset_test(sides, x->side))
			bitset_set(set, i);
	}
	return least(u, set, verdict);
}

static void
settle(struct upgrade *u)
{
	VEC_FOREACH (x, &u->changes.v)
		x->tried = attempts_of(u, x->tried, true);
	VEC_FOREACH (x, &u->changes.isolation)
		x->tried = attempts_of(u, x->tried, true);
	VEC_FOREACH (x, &u->changes.idle)
		x->tried = attempts_of(u, x->tried, false);
	VEC_FOREACH (x, &u->rulings)
		x->tried = least(u, x->tried, false);
	VEC_FOREACH (x, &u->labels)
		x->tried = least(u, x->tried, false);
}

static void
add_ruling(struct upgrade *u, const struct ruling *before,
    const struct ruling *after)
{
	if (!ruling_same(before, after))
		*vec_push(&u->rulings, u->arena) = (struct upgrade_ruling){
		    .object = (after ? after : before)->object,
		    .ruling = {before, after},
		};
}

static void
list_rulings(struct upgrade *u)
{
	const struct portrait *p = u->portrait;

	VEC_FOREACH (r, &p[0].rulings.v)
		add_ruling(u, r, ruling_find(&p[1].rulings, r->object));
	VEC_FOREACH (r, &p[1].rulings.v) {
		if (!ruling_find(&p[0].rulings, r->object))
			add_ruling(u, NULL, r);
	}
}

static void
list_labels(struct upgrade *u)
{
	label_change_vec labels = {0};

	portrait_list_labels(&labels, u->arena, &u->portrait[0],
	    &u->portrait[1]);
	VEC_FOREACH (x, &labels)
		*vec_push(&u->labels, u->arena) =
		    (struct upgrade_label){.change = *x};
}

void
upgrade_free(struct upgrade *u)
{
	VEC_FOREACH (x, &u->attempts) {
		if (x->is_side)
			u->maker.drop(u->maker.context, x->handle);
	}
}

void
upgrade_find(struct upgrade *u, struct arena *a)
{
	struct effect effect;
	struct touch touch;

	u->arena = a;
	for (int s = 0; s < 2; s++) {
		portrait_draw(&u->portrait[s], a, &u->world[s]);
		*vec_push(&u->sides, a) = u->world[s];
	}
	list_rulings(u);
	list_labels(u);
	for (uint32_t i = 0; i < u->causes.n; i++)
		attempt(u, only(u, i), &u->causes.v[i].touch, false);
	find_all(u);
	for (int i = 0; i < ROUNDS && first_unexplained(u, &effect); i++) {
		attempt(u, reduce(u, &effect), &touch, true);
		find_all(u);
	}
	settle(u);
}
