/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Insertion in Cilium's own order, for directions with Pass rules, whose
 * verdicts move between tiers, or with authentication, which narrower keys
 * inherit.  Source: semantics.md 11.3 to 11.5.
 */
#include "pmap/insert.h"

#include <stdlib.h>

#include "cilium/auth.h"
#include "pmap/insert_pass.h"
#include "pmap/key_state.h"

struct insertion {
	struct key_states states;
	bool passes, auth; /* some candidate does */
};

/* Whether a key that covers KEY already says something stronger. */
static bool
is_hidden(const struct key_states *s, struct key_at key,
    const struct pmap_value *v)
{
	const struct port_states *p = &s->ports[key.port];

	for (uint32_t i = 0; i < p->nbroader; i++) {
		const uint32_t classes[2] = {s->classes.wildcard[key.class],
		    key.class};

		for (int j = 0; j < 2; j++) {
			const struct key_state *at =
			    key_state_at(s, p->broader[i], classes[j]);

			if (at->decided &&
			    value_hides(&at->value, v,
				key_is(key, p->broader[i], classes[j])))
				return true;
		}
	}
	return false;
}

static void
insert_plain(const struct key_states *s, struct key_at key,
    const struct pmap_value *v)
{
	if (is_hidden(s, key, v))
		return;
	key_states_prune(s, key, v->precedence);
	key_state_add(key_state_at(s, key.port, key.class), v);
}

/*
 * What V becomes by the broader keys: a stronger one hides it, or if V has its
 * own authentication, lends it its strength; a weaker one lends its
 * authentication.  False: it is hidden.
 */
static bool
take_from_broader(const struct key_states *s, struct key_at key,
    struct pmap_value *v)
{
	const struct port_states *p = &s->ports[key.port];
	bool is_explicit = v->auth & AUTH_EXPLICIT, derived = false;

	for (uint32_t i = 0; i < p->nbroader; i++) {
		const struct key_state *at =
		    key_state_at(s, p->broader[i], key.class);

		if (!at->decided)
			continue;
		if (at->value.precedence > v->precedence) {
			if (at->value.deny || !is_explicit)
				return false;
			v->precedence = at->value.precedence;
			v->redirect = at->value.redirect;
			return true;
		}
		if (!is_explicit && !derived && p->broader[i] != key.port &&
		    (at->value.auth & AUTH_EXPLICIT) &&
		    at->value.precedence >> 8 >= v->precedence >> 8) {
			v->auth = at->value.auth & AUTH_TYPE;
			derived = true;
		}
	}
	return true;
}

/* The same for the narrower keys that V is now broader than. */
static void
give_to_narrower(const struct key_states *s, struct key_at key,
    const struct pmap_value *v)
{
	const struct port_states *p = &s->ports[key.port];
	bool deriving = v->auth & AUTH_EXPLICIT;

	for (uint32_t i = 0; i < p->nnarrower; i++) {
		struct key_state *at =
		    key_state_at(s, p->narrower[i], key.class);

		if (!at->decided)
			continue;
		if (at->value.precedence < v->precedence) {
			if (!(at->value.auth & AUTH_EXPLICIT)) {
				at->decided = false;
				continue;
			}
			at->value.precedence = v->precedence;
			at->value.redirect = v->redirect;
		}
		if (!deriving || p->narrower[i] == key.port)
			continue;
		if (at->value.deny || (at->value.auth & AUTH_EXPLICIT))
			deriving = false;
		else
			at->value.auth = v->auth & AUTH_TYPE;
	}
}

/* An allow in a direction that knows authentication (semantics.md 11.4). */
static void
insert_auth(const struct key_states *s, struct key_at key, struct pmap_value v)
{
	if (!take_from_broader(s, key, &v))
		return;
	give_to_narrower(s, key, &v);
	key_state_add(key_state_at(s, key.port, key.class), &v);
}

static void
insert_at(const struct insertion *ins, struct key_at key,
    const struct candidate *c)
{
	if (c->pass)
		insert_pass(&ins->states, key, c);
	else if (ins->passes)
		insert_passing(&ins->states, key, c);
	else if (ins->auth && !c->value.deny)
		insert_auth(&ins->states, key, c->value);
	else
		insert_plain(&ins->states, key, &c->value);
}

/* At the key of every class that the candidate is about. */
static void
insert_candidate(const struct insertion *ins, const struct candidate *c)
{
	const struct peer_classes *classes = &ins->states.classes;
	struct key_at key = {key_states_find(&ins->states, c), 0};

	for (; key.class <= classes->n; key.class ++) {
		if (peer_classes_in_candidate(classes, c, key.class))
			insert_at(ins, key, c);
	}
}

/*
 * Stronger tiers first; within one, the broader keys; at one, the weaker
 * values, which the stronger ones then prune, so that no map depends on the
 * order in which policies come.
 */
static int
compare_insertion(const void *pa, const void *pb)
{
	const struct candidate *a = pa, *b = pb;
	int c;

	if (a->tier_max != b->tier_max)
		return a->tier_max > b->tier_max ? -1 : 1;
	c = candidate_compare(a, b);
	if (c == 0)
		c = value_compare(&b->value, &a->value);
	return c ? c : (a->order > b->order) - (a->order < b->order);
}

/* Since there are aggregates, what they say is not said again. */
static bool
repeats_wildcard(const struct key_states *s, const struct port_states *p,
    uint32_t class)
{
	uint32_t wildcard = s->classes.wildcard[class];

	return s->classes.aggregated && wildcard != class &&
	    p->of[class].decided && p->of[wildcard].decided &&
	    value_compare(&p->of[class].value, &p->of[wildcard].value) == 0;
}

static void
add_keys(const struct key_states *s, key_vec *keys, struct arena *a)
{
	const struct pmap_value **values = ARENA_ARRAY(s->scratch,
	    const struct pmap_value *, s->classes.n + 1);

	for (uint32_t i = 0; i < s->nports; i++) {
		const struct port_states *p = &s->ports[i];

		for (uint32_t class = 0; class <= s->classes.n; class ++) {
			values[class] =
			    p->of[class].decided ? &p->of[class].value : NULL;
			if (repeats_wildcard(s, p, class))
				values[class] = NULL;
		}
		peer_classes_add_key(&s->classes, keys, a, &p->key, values);
	}
}

void
keys_insert(key_vec *keys, struct arena *a, struct arena *scratch,
    candidate_vec *candidates, const struct aggregates *aggregates)
{
	struct insertion ins = {0};

	key_states_init(&ins.states, scratch, candidates, aggregates);
	VEC_FOREACH (c, candidates) {
		ins.passes |= c->pass;
		ins.auth |= (c->value.auth & AUTH_EXPLICIT) != 0;
	}
	if (candidates->n > 1)
		qsort(candidates->v, candidates->n, sizeof(*candidates->v),
		    compare_insertion);
	VEC_FOREACH (c, candidates)
		insert_candidate(&ins, c);
	add_keys(&ins.states, keys, a);
}
