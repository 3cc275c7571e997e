/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which authentication a packet needs.  There is no reading of the rules but
 * for the way they are put into the map, one after the other, so that is what
 * is done here for one peer (semantics.md 11.3, 11.4, 11.10) and then looked up
 * (semantics.md 11.8).
 */
#include "naive_parts.h"

struct key {
	bool any; /* of what stands for the peer: its aggregate, or 0 */
	uint8_t proto;
	unsigned port, bits; /* of the port's prefix */
	uint32_t precedence;
	bool deny, gone;
	const char *redirect;
	int auth; /* type */
	bool explicit, derived;
};

struct naive_map {
	struct arena *arena;
	/* Of what may come in any order, the other one: */
	bool backward;    /* of filters of a tier */
	bool stops_first; /* of keys that are gone through */
	VEC(struct key) keys;
};

enum {
	PLAIN = 1,
	DENY = 255,
	LEVEL = 8, /* in a precedence, the level is above this bit */
};

static uint32_t
precedence(size_t level, unsigned low)
{
	return (uint32_t)((0xffffff - level) << LEVEL | low);
}

static bool
broader_or_equal(const struct key *a, const struct key *b)
{
	unsigned shift = 16 - a->bits;

	if (a->proto == 0)
		return true;
	return a->proto == b->proto && a->bits <= b->bits &&
	    a->port >> shift == b->port >> shift;
}

static bool
same_l4(const struct key *a, const struct key *b)
{
	return broader_or_equal(a, b) && broader_or_equal(b, a);
}

/* 0 for all, 1 for a protocol, and more for bits of a port. */
static unsigned
specificity(const struct key *k)
{
	return k->proto == 0 ? 0 : 1 + k->bits;
}

static bool
covers(const struct key *a, const struct key *b)
{
	return (a->any || !b->any) && broader_or_equal(a, b);
}

static bool
same_key(const struct key *a, const struct key *b)
{
	return a->any == b->any && same_l4(a, b);
}

/* semantics.md 11.3: on a key that exists. */
static void
merge_keys(struct key *have, const struct key *k)
{
	bool same_kind = have->deny == k->deny &&
	    have->precedence >> LEVEL == k->precedence >> LEVEL;

	if (!same_kind) {
		if (k->precedence > have->precedence)
			*have = *k;
		return;
	}
	if (k->precedence > have->precedence) {
		have->precedence = k->precedence;
		have->redirect = k->redirect;
	}
	if (k->explicit > have->explicit ||
	    (k->explicit == have->explicit && k->auth > have->auth)) {
		have->auth = k->auth;
		have->explicit = k->explicit;
		have->derived = k->derived;
	}
}

static void
add(struct naive_map *m, const struct key *k)
{
	VEC_FOREACH (have, &m->keys) {
		if (!have->gone && same_key(have, k)) {
			merge_keys(have, k);
			return;
		}
	}
	*vec_push(&m->keys, m->arena) = *k;
}

static void
insert_deny(struct naive_map *m, const struct key *k)
{
	VEC_FOREACH (v, &m->keys) {
		if (!v->gone && covers(v, k) &&
		    (v->precedence > k->precedence ||
			(v->precedence == k->precedence && !same_key(v, k))))
			return;
	}
	VEC_FOREACH (v, &m->keys) {
		if (covers(k, v) &&
		    (v->precedence < k->precedence ||
			(v->precedence == k->precedence && !same_key(v, k))))
			v->gone = true;
	}
	add(m, k);
}

/* semantics.md 11.4, step 1; false: K is not put in at all. */
static bool
look_up(struct naive_map *m, struct key *k)
{
	for (unsigned s = specificity(k) + 1; s-- > 0;) {
		VEC_FOREACH (v, &m->keys) {
			if (v->gone || v->any != k->any ||
			    specificity(v) != s || !broader_or_equal(v, k))
				continue;
			if (v->precedence > k->precedence) {
				if (v->deny || !k->explicit)
					return false;
				k->redirect = v->redirect;
				k->precedence = v->precedence;
				return true;
			}
			if (!k->explicit && !k->derived && !same_l4(v, k) &&
			    v->explicit &&
			    v->precedence >> LEVEL >= k->precedence >> LEVEL) {
				k->auth = v->auth;
				k->derived = true;
			}
		}
	}
	return true;
}

/*
 * Whether some key within K ends the propagation before V is met.  Of keys
 * none of which is in the other it is not said who is met first: stops_first
 * says that it is the one that ends it, else it is V.
 */
static bool
is_stopped(const struct naive_map *m, const struct key *k, const struct key *v)
{
	VEC_FOREACH (s, &m->keys) {
		if (!s->gone && s->any == k->any && broader_or_equal(k, s) &&
		    !same_l4(k, s) && (s->deny || s->explicit) &&
		    (m->stops_first || broader_or_equal(s, v)))
			return true;
	}
	return false;
}

/* semantics.md 11.4, step 2. */
static void
look_down(struct naive_map *m, const struct key *k)
{
	for (unsigned s = specificity(k); s <= 17; s++) {
		VEC_FOREACH (v, &m->keys) {
			if (v->gone || v->any != k->any ||
			    specificity(v) != s || !broader_or_equal(k, v))
				continue;
			if (v->precedence < k->precedence) {
				if (!v->explicit) {
					v->gone = true;
					continue;
				}
				v->redirect = k->redirect;
				v->precedence = k->precedence;
			}
			if (!k->explicit || same_l4(v, k) ||
			    is_stopped(m, k, v))
				continue;
			v->auth = k->auth;
			v->derived = true;
		}
	}
}

static void
insert(struct naive_map *m, struct key k)
{
	if (k.deny) {
		insert_deny(m, &k);
		return;
	}
	if (!look_up(m, &k))
		return;
	look_down(m, &k);
	add(m, &k);
}

/* semantics.md 10.2: the fewest prefixes that are FIRST to LAST. */
static void
insert_range(struct naive_map *m, struct key k, unsigned first, unsigned last)
{
	while (first <= last) {
		unsigned bits = 16;

		while (bits > 0 && first % (1U << (17 - bits)) == 0 &&
		    first + (1U << (17 - bits)) - 1 <= last)
			bits--;
		k.port = first;
		k.bits = bits;
		insert(m, k);
		first += 1U << (16 - bits);
	}
}

static struct key
key_of(const struct naive_merged *m)
{
	const struct naive_entry *e = m->first->entry;
	struct key k = {.proto = m->first->port->proto,
	    .deny = e->action == NAIVE_REFUSE,
	    .redirect = "",
	    .precedence = precedence(e->level, PLAIN)};

	if (k.deny) {
		k.precedence = precedence(e->level, DENY);
		return k;
	}
	if (m->l7.parser != NAIVE_NONE) {
		k.precedence = precedence(e->level, 255 - m->l7.priority);
		k.redirect = m->l7.listener;
	}
	if (m->auth != NAIVE_AUTH_UNSET) {
		k.auth = m->auth;
		k.explicit = true;
	}
	return k;
}

static bool
is_wildcard(const struct naive_merged *m)
{
	return m->first->selector->reqs.n == 0;
}

/* semantics.md 10.7: what the filter's wildcard says as well is left out. */
static bool
is_elided(const struct naive_direction *s, const struct naive_merged *m,
    const struct key *k)
{
	if (is_wildcard(m) || m->first->first == 0)
		return false;
	VEC_FOREACH (other, &s->merged) {
		struct key w;

		if (!is_wildcard(other) ||
		    !naive_same_filter(other->first, m->first))
			continue;
		w = key_of(other);
		if (w.precedence == k->precedence && w.auth == k->auth &&
		    w.explicit == k->explicit &&
		    naive_equal(w.redirect, k->redirect))
			return true;
	}
	return false;
}

/* An aggregate stands for itself: what is for all is its own entry. */
static bool
is_alone(const struct naive_pair *p)
{
	return naive_starts_with(p->peer->text, "reserved:aggregate-");
}

static void
insert_default(struct naive_map *m, const struct naive_pair *p)
{
	const struct naive_direction *s = p->direction;
	struct key k = {.redirect = "",
	    .precedence = precedence(s->naive->entries.n + 1, PLAIN)};

	k.any = !s->default_deny && !is_alone(p);
	if (!s->default_deny || p->localhost)
		insert(m, k);
}

/* semantics.md 11.10: what stands for the peer comes first. */
static void
insert_merged(struct naive_map *m, const struct naive_pair *p,
    const struct naive_merged *merged, struct key k)
{
	const struct naive_contribution *c = merged->first;
	const struct naive_identity *aggregate = p->peer->aggregate;

	for (int own = 0; own < 2; own++) {
		k.any = !own;
		if (own ? (is_wildcard(merged) && !c->of_peer &&
			      !is_alone(p)) ||
			    !naive_selects(c->selector, p->peer)
			: c->of_peer || is_alone(p) ||
			    !(is_wildcard(merged) ||
				(aggregate &&
				    naive_selects(c->selector, aggregate))))
			continue;
		if (k.proto == 0)
			insert(m, k);
		else
			insert_range(m, k, c->first, c->last);
	}
}

static void
insert_tier(struct naive_map *m, const struct naive_pair *p, unsigned tier)
{
	const struct naive_direction *s = p->direction;
	size_t n = s->merged.n;

	for (size_t i = 0; i < n; i++) {
		const struct naive_merged *merged =
		    &s->merged.v[m->backward ? n - 1 - i : i];
		const struct naive_contribution *c = merged->first;
		struct key k;

		if (c->entry->tier != tier || !c->resolved)
			continue;
		k = key_of(merged);
		if (!is_elided(s, merged, &k))
			insert_merged(m, p, merged, k);
	}
}

/* semantics.md 11.10: what stands for the peer says the same. */
static void
drop_repeated(struct naive_map *m)
{
	VEC_FOREACH (own, &m->keys) {
		VEC_FOREACH (any, &m->keys) {
			if (!own->any && any->any && !any->gone &&
			    same_l4(own, any) && own->deny == any->deny &&
			    own->precedence == any->precedence &&
			    own->auth == any->auth &&
			    own->explicit == any->explicit &&
			    naive_equal(own->redirect, any->redirect))
				own->gone = true;
		}
	}
}

struct naive_map *
naive_map(const struct naive_pair *p, unsigned order)
{
	struct arena *a = p->direction->naive->arena;
	struct naive_map *m = ARENA_NEW(a, struct naive_map);

	*m = (struct naive_map){.arena = a,
	    .backward = order & 1,
	    .stops_first = order & 2};
	for (unsigned tier = 0; tier < UINT8_MAX; tier++)
		insert_tier(m, p, tier);
	insert_default(m, p);
	drop_repeated(m);
	return m;
}

static const struct key *
longest(const struct naive_map *m, bool any, uint8_t proto, uint16_t port)
{
	const struct key packet = {.proto = proto, .port = port, .bits = 16};
	const struct key *best = NULL;

	VEC_FOREACH (k, &m->keys) {
		if (!k->gone && k->any == any && broader_or_equal(k, &packet) &&
		    (!best || specificity(k) > specificity(best)))
			best = k;
	}
	return best;
}

uint8_t
naive_map_auth(const struct naive_map *m, uint8_t proto, uint16_t port)
{
	const struct key *own = longest(m, false, proto, port);
	const struct key *any = longest(m, true, proto, port);
	const struct key *chosen = own, *other = any;

	if (own && own->precedence == UINT32_MAX)
		other = NULL;
	else if (any &&
	    (!own || any->precedence > own->precedence ||
		(any->precedence == own->precedence &&
		    specificity(any) > specificity(own)))) {
		chosen = any;
		other = own;
	}
	if (!chosen || chosen->deny)
		return 0;
	if (other && other->precedence == chosen->precedence &&
	    !chosen->explicit && other->auth > chosen->auth)
		return (uint8_t)other->auth;
	return (uint8_t)chosen->auth;
}
