/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requires that stronger tiers are inserted first.  A Pass leaves a mark at its
 * key.  A later value that meets such marks is lifted, so that it comes right
 * after the rules that passed it on: levels_assign() has left room there.  It
 * is added at narrower keys as well that have marks.
 */
#include "pmap/insert_pass.h"

#include <assert.h>

/* What the keys around one say to a value that is about to be added. */
struct scan {
	uint32_t bail; /* highest verdict of a higher tier that covers it */
	struct key_pass collected[MAX_TIERS]; /* the highest of each tier */
	uint32_t ncollected;
	bool drop;
	bool *done; /* [class]: decided within the tier, never queued */
	VEC(struct key_at) queue;
};

/* Whether a state that covers a Pass has something as strong in its tier. */
static bool
is_passed_over(const struct key_state *s, const struct candidate *c)
{
	if (s->decided && s->value.precedence > c->value.precedence &&
	    s->value.precedence <= c->tier_max)
		return true;
	for (uint32_t i = 0; i < s->npasses; i++) {
		if (s->passes[i].max == c->tier_max &&
		    s->passes[i].precedence >= c->value.precedence)
			return true;
	}
	return false;
}

void
insert_pass(const struct key_states *s, struct key_at key,
    const struct candidate *c)
{
	const struct port_states *p = &s->ports[key.port];
	struct key_state *to = key_state_at(s, key.port, key.class);
	uint32_t wildcard = s->classes.wildcard[key.class];

	for (uint32_t i = 0; i < p->nbroader; i++) {
		const struct key_state *of = s->ports[p->broader[i]].of;

		if (is_passed_over(&of[wildcard], c) ||
		    is_passed_over(&of[key.class], c))
			return;
	}
	key_states_prune(s, key, c->value.precedence);
	assert(to->npasses < MAX_TIERS);
	to->passes[to->npasses++] =
	    (struct key_pass){c->value.precedence, c->tier_min, c->tier_max};
}

static void
collect(struct scan *scan, const struct key_pass *p)
{
	for (uint32_t i = 0; i < scan->ncollected; i++) {
		if (scan->collected[i].max != p->max)
			continue;
		if (p->precedence > scan->collected[i].precedence)
			scan->collected[i] = *p;
		return;
	}
	assert(scan->ncollected < MAX_TIERS);
	scan->collected[scan->ncollected++] = *p;
}

/* What the state of CLASS at PORT, which covers KEY's port key, says to C. */
static void
scan_state(const struct key_states *s, struct scan *scan, struct key_at key,
    const struct candidate *c, uint32_t port, uint32_t class)
{
	const struct key_state *at = key_state_at(s, port, class);
	bool covering = peer_class_covers(&s->classes, class, key.class);

	for (uint32_t i = 0; i < at->npasses; i++) {
		const struct key_pass *p = &at->passes[i];

		if (p->min > c->value.precedence) {
			if (covering)
				collect(scan, p);
			else
				*vec_push(&scan->queue, s->scratch) =
				    (struct key_at){key.port, class};
		} else if (covering &&
		    key_pass_in_tier(p, c->value.precedence) &&
		    p->precedence > c->value.precedence) {
			scan->drop = true;
		}
	}
	if (!at->decided ||
	    !value_hides(&at->value, &c->value, key_is(key, port, class)))
		return;
	if (at->value.precedence <= c->tier_max) {
		if (covering)
			scan->drop = true;
		else
			scan->done[class] = true;
	} else if (covering && at->value.precedence > scan->bail) {
		scan->bail = at->value.precedence;
	}
}

/* Step A: the keys that are broader in ports, of the classes around. */
static void
scan_broader(const struct key_states *s, struct scan *scan, struct key_at key,
    const struct candidate *c)
{
	const struct port_states *p = &s->ports[key.port];

	for (uint32_t i = 0; i < p->nbroader; i++) {
		for (uint32_t class = 0; class <= s->classes.n; class ++) {
			if (peer_classes_meet(&s->classes, class, key.class))
				scan_state(s, scan, key, c, p->broader[i],
				    class);
		}
	}
}

/* Step B: one narrower key; where it passes, the value goes there too. */
static void
scan_narrower_state(const struct key_states *s, struct scan *scan,
    struct key_at key, const struct candidate *c, uint32_t port, uint32_t class)
{
	bool covered = peer_class_covers(&s->classes, key.class, class);
	struct key_state *at = key_state_at(s, port, class);
	struct key_at to = {port, covered ? class : key.class};

	if (scan->bail == 0 && covered)
		key_state_prune(at, key_is(key, port, class),
		    c->value.precedence);
	if (key_is(key, to.port, to.class))
		return;
	for (uint32_t i = 0; i < at->npasses; i++) {
		if (at->passes[i].precedence > c->tier_max)
			*vec_push(&scan->queue, s->scratch) = to;
	}
}

static void
scan_narrower(const struct key_states *s, struct scan *scan, struct key_at key,
    const struct candidate *c)
{
	const struct port_states *p = &s->ports[key.port];

	for (uint32_t i = 0; i < p->nnarrower; i++) {
		for (uint32_t class = 0; class <= s->classes.n; class ++) {
			if (peer_classes_meet(&s->classes, class, key.class))
				scan_narrower_state(s, scan, key, c,
				    p->narrower[i], class);
		}
	}
}

/* Step C: adds at KEY, lifted by what passed it on. */
static void
add_lifted(const struct key_states *s, const struct scan *scan,
    struct key_at key, const struct candidate *c, bool queued)
{
	struct pmap_value v = c->value;

	for (uint32_t i = 0; i < scan->ncollected; i++)
		v.precedence +=
		    scan->collected[i].precedence - scan->collected[i].min;
	if (scan->ncollected > 0 || queued) {
		if (v.precedence <= scan->bail)
			return;
		key_states_prune(s, key, v.precedence);
	} else if (scan->bail != 0) {
		return;
	}
	key_state_add(key_state_at(s, key.port, key.class), &v);
}

static bool
seen_before(const struct scan *scan, size_t i)
{
	struct key_at key = scan->queue.v[i];

	for (size_t j = 0; j < i; j++) {
		if (key_is(key, scan->queue.v[j].port, scan->queue.v[j].class))
			return true;
	}
	return false;
}

void
insert_passing(const struct key_states *s, struct key_at key,
    const struct candidate *c)
{
	struct scan scan = {
	    .done = ARENA_ARRAY(s->scratch, bool, s->classes.n + 1)};

	scan_broader(s, &scan, key, c);
	if (scan.drop)
		return;
	scan_narrower(s, &scan, key, c);
	add_lifted(s, &scan, key, c, false);
	for (size_t i = 0; i < scan.queue.n; i++) {
		struct key_at to = scan.queue.v[i];
		struct scan again = {.done = scan.done, .queue = scan.queue};

		if (seen_before(&scan, i) ||
		    (to.port == key.port && scan.done[to.class]))
			continue;
		scan_broader(s, &again, to, c);
		scan.queue = again.queue;
		add_lifted(s, &again, to, c, true);
	}
}
