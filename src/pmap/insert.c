/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes from candidates, key by key in Cilium's own order of insertion: for
 * directions with Pass rules, whose verdicts move between tiers, or with
 * authentication, which narrower keys inherit.  Source: semantics.md 11.3
 * to 11.5.
 *
 * Peers that no candidate tells apart form a peer_class and are one key
 * (peer_classes.h).
 */
#include <assert.h>
#include <stdlib.h>

#include "base/search.h"
#include "cilium/auth.h"
#include "pmap/peer_class.h"

enum {
	MAX_TIERS = 8,
};

/* "What passes on from here": one for each tier that a key passes. */
struct record {
	uint32_t pass; /* precedence of the Pass rule */
	uint32_t min;  /* lowest and highest precedence of its tier */
	uint32_t max;
};

/* The state of one key. */
struct slot {
	bool verdict;
	struct pmap_value value;
	struct record record[MAX_TIERS];
	uint32_t nrecords;
};

/* A key under construction. */
struct site {
	uint8_t proto;
	struct port_prefix prefix;
	struct slot *slot;        /* [peer_classes.n + 1] */
	const uint32_t *broader;  /* sites that cover it, itself too, the */
	uint32_t nbroader;        /* most specific first */
	const uint32_t *narrower; /* sites that it covers, itself too, the */
	uint32_t nnarrower;       /* least specific first */
};

struct key {
	uint32_t site;
	uint32_t peer_class;
};

struct keyed {
	struct arena *scratch;
	struct site *site;
	uint32_t nsites;
	struct peer_classes peer_classes;
	bool passes, auth;
};

static struct slot *
slot_at(const struct keyed *k, uint32_t site, uint32_t peer_class)
{
	return &k->site[site].slot[peer_class];
}

static bool
in_tier(const struct record *r, uint32_t precedence)
{
	return precedence >= r->min && precedence <= r->max;
}

/* Takes the weaker verdict and passes out of a slot covered by KEY. */
static void
prune(struct slot *s, bool same_key, uint32_t precedence)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->nrecords; i++) {
		const struct record *r = &s->record[i];

		if (!in_tier(r, precedence) || r->pass > precedence)
			s->record[n++] = *r;
	}
	s->nrecords = n;
	if (s->verdict &&
	    (s->value.precedence < precedence ||
		(s->value.deny && s->value.precedence == precedence &&
		    !same_key)))
		s->verdict = false;
}

/* Prunes every key that KEY covers. */
static void
prune_covered(const struct keyed *k, struct key key, uint32_t precedence)
{
	const struct site *p = &k->site[key.site];
	uint32_t first = key.peer_class,
		 last = key.peer_class ? key.peer_class : k->peer_classes.n;

	for (uint32_t i = 0; i < p->nnarrower; i++) {
		for (uint32_t g = first; g <= last; g++)
			prune(slot_at(k, p->narrower[i], g),
			    p->narrower[i] == key.site && g == key.peer_class,
			    precedence);
	}
}

static uint8_t
stronger_auth(uint8_t a, uint8_t b)
{
	if ((a ^ b) & AUTH_EXPLICIT)
		return a & AUTH_EXPLICIT ? a : b;
	return a > b ? a : b;
}

/* Adds a value to a key that may hold one. */
static void
add(struct slot *s, const struct pmap_value *v)
{
	struct pmap_value *have = &s->value;

	if (!s->verdict) {
		s->verdict = true;
		*have = *v;
		return;
	}
	if (have->precedence >> 8 != v->precedence >> 8 ||
	    have->deny != v->deny) {
		if (v->precedence > have->precedence)
			*have = *v;
		return;
	}
	have->auth = stronger_auth(have->auth, v->auth);
	if (v->precedence > have->precedence ||
	    (v->precedence == have->precedence && v->redirect != 0 &&
		v->redirect < have->redirect)) {
		have->precedence = v->precedence;
		have->redirect = v->redirect;
	}
}

static bool
hides(const struct pmap_value *over, const struct pmap_value *v, bool same_key)
{
	return over->precedence > v->precedence ||
	    (v->deny && !same_key && over->precedence == v->precedence);
}

/* Whether a key that covers KEY already says something stronger. */
static bool
is_hidden(const struct keyed *k, struct key key, const struct pmap_value *v)
{
	const struct site *p = &k->site[key.site];

	for (uint32_t i = 0; i < p->nbroader; i++) {
		uint32_t peer_classes[2] = {0, key.peer_class};

		for (int j = 0; j < 2; j++) {
			const struct slot *s =
			    slot_at(k, p->broader[i], peer_classes[j]);
			bool same = p->broader[i] == key.site &&
			    peer_classes[j] == key.peer_class;

			if (s->verdict && hides(&s->value, v, same))
				return true;
		}
	}
	return false;
}

static void
insert_plain(const struct keyed *k, struct key key, const struct pmap_value *v)
{
	if (is_hidden(k, key, v))
		return;
	prune_covered(k, key, v->precedence);
	add(slot_at(k, key.site, key.peer_class), v);
}

/* An allow in a direction that knows authentication (semantics.md 11.4). */
static void
insert_auth(const struct keyed *k, struct key key, struct pmap_value v)
{
	const struct site *p = &k->site[key.site];
	bool is_explicit = v.auth & AUTH_EXPLICIT, derived = false;

	for (uint32_t i = 0; i < p->nbroader; i++) {
		const struct slot *s =
		    slot_at(k, p->broader[i], key.peer_class);

		if (!s->verdict)
			continue;
		if (s->value.precedence > v.precedence) {
			if (s->value.deny || !is_explicit)
				return;
			v.precedence = s->value.precedence;
			v.redirect = s->value.redirect;
			break;
		}
		if (!is_explicit && !derived && p->broader[i] != key.site &&
		    (s->value.auth & AUTH_EXPLICIT) &&
		    s->value.precedence >> 8 >= v.precedence >> 8) {
			v.auth = s->value.auth & ~AUTH_EXPLICIT;
			derived = true;
		}
	}
	for (uint32_t i = 0, deriving = is_explicit; i < p->nnarrower; i++) {
		struct slot *s = slot_at(k, p->narrower[i], key.peer_class);

		if (!s->verdict)
			continue;
		if (s->value.precedence < v.precedence) {
			if (!(s->value.auth & AUTH_EXPLICIT)) {
				s->verdict = false;
				continue;
			}
			s->value.precedence = v.precedence;
			s->value.redirect = v.redirect;
		}
		if (!deriving || p->narrower[i] == key.site)
			continue;
		if (s->value.deny || (s->value.auth & AUTH_EXPLICIT))
			deriving = 0;
		else
			s->value.auth = v.auth & ~AUTH_EXPLICIT;
	}
	add(slot_at(k, key.site, key.peer_class), &v);
}

/* A Pass: remembered at the key for the tiers to come (semantics.md 11.5). */
static void
insert_pass(const struct keyed *k, struct key key, const struct record *r)
{
	const struct site *p = &k->site[key.site];
	struct slot *to = slot_at(k, key.site, key.peer_class);

	for (uint32_t i = 0; i < p->nbroader; i++) {
		uint32_t peer_classes[2] = {0, key.peer_class};

		for (int j = 0; j < 2; j++) {
			const struct slot *s =
			    slot_at(k, p->broader[i], peer_classes[j]);

			if (s->verdict && s->value.precedence > r->pass &&
			    s->value.precedence <= r->max)
				return;
			for (uint32_t q = 0; q < s->nrecords; q++) {
				if (s->record[q].max == r->max &&
				    s->record[q].pass >= r->pass)
					return;
			}
		}
	}
	prune_covered(k, key, r->pass);
	assert(to->nrecords < MAX_TIERS);
	to->record[to->nrecords++] = *r;
}

/* What the keys around one say to a value that is about to be added. */
struct scan {
	uint32_t bail; /* highest verdict of a higher tier that covers it */
	struct record collected[MAX_TIERS]; /* highest pass of each tier */
	uint32_t ncollected;
	bool drop;
	bool *done; /* [peer_class]: decided within the tier, never queued */
	VEC(struct key) queue;
};

static void
collect(struct scan *s, const struct record *r)
{
	for (uint32_t i = 0; i < s->ncollected; i++) {
		if (s->collected[i].max != r->max)
			continue;
		if (r->pass > s->collected[i].pass)
			s->collected[i] = *r;
		return;
	}
	assert(s->ncollected < MAX_TIERS);
	s->collected[s->ncollected++] = *r;
}

static void
scan_slot(const struct keyed *k, struct scan *s, struct key key,
    const struct candidate *e, uint32_t site, uint32_t peer_class)
{
	const struct slot *at = slot_at(k, site, peer_class);
	bool covering = peer_class == 0 || peer_class == key.peer_class;
	bool same = site == key.site && peer_class == key.peer_class;

	for (uint32_t i = 0; i < at->nrecords; i++) {
		const struct record *r = &at->record[i];

		if (r->min > e->value.precedence) {
			if (covering)
				collect(s, r);
			else
				*vec_push(&s->queue, k->scratch) =
				    (struct key){key.site, peer_class};
		} else if (covering && in_tier(r, e->value.precedence) &&
		    r->pass > e->value.precedence) {
			s->drop = true;
		}
	}
	if (!at->verdict || !hides(&at->value, &e->value, same))
		return;
	if (at->value.precedence <= e->tier_max) {
		if (covering)
			s->drop = true;
		else
			s->done[peer_class] = true;
	} else if (covering && at->value.precedence > s->bail) {
		s->bail = at->value.precedence;
	}
}

/* Step A: the keys that are broader in ports, of the identities around. */
static void
scan_broader(const struct keyed *k, struct scan *s, struct key key,
    const struct candidate *e)
{
	const struct site *p = &k->site[key.site];

	for (uint32_t i = 0; i < p->nbroader; i++) {
		scan_slot(k, s, key, e, p->broader[i], 0);
		if (key.peer_class != 0)
			scan_slot(k, s, key, e, p->broader[i], key.peer_class);
		for (uint32_t g = 1;
		     key.peer_class == 0 && g <= k->peer_classes.n; g++)
			scan_slot(k, s, key, e, p->broader[i], g);
	}
}

/* Step B: the narrower keys; where they pass, the value goes there too. */
static void
scan_narrower(const struct keyed *k, struct scan *s, struct key key,
    const struct candidate *e)
{
	const struct site *p = &k->site[key.site];

	for (uint32_t i = 0; i < p->nnarrower; i++) {
		for (uint32_t g = 0; g <= k->peer_classes.n; g++) {
			struct slot *at = slot_at(k, p->narrower[i], g);
			struct key to = {p->narrower[i],
			    g ? g : key.peer_class};
			bool covered =
			    key.peer_class == 0 || g == key.peer_class;
			bool same = to.site == key.site &&
			    to.peer_class == key.peer_class;

			if (key.peer_class != 0 && g != 0 &&
			    g != key.peer_class)
				continue;
			if (s->bail == 0 && covered)
				prune(at,
				    p->narrower[i] == key.site &&
					g == key.peer_class,
				    e->value.precedence);
			for (uint32_t q = 0; q < at->nrecords && !same; q++) {
				if (at->record[q].pass > e->tier_max)
					*vec_push(&s->queue, k->scratch) = to;
			}
		}
	}
}

/* Step C: adds at KEY, lifted by what passed it on. */
static void
add_lifted(const struct keyed *k, const struct scan *s, struct key key,
    const struct candidate *e, bool queued)
{
	struct pmap_value v = e->value;

	for (uint32_t i = 0; i < s->ncollected; i++)
		v.precedence += s->collected[i].pass - s->collected[i].min;
	if (s->ncollected > 0 || queued) {
		if (v.precedence <= s->bail)
			return;
		prune_covered(k, key, v.precedence);
	} else if (s->bail != 0) {
		return;
	}
	add(slot_at(k, key.site, key.peer_class), &v);
}

static bool
seen_before(const struct scan *s, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (s->queue.v[j].site == s->queue.v[i].site &&
		    s->queue.v[j].peer_class == s->queue.v[i].peer_class)
			return true;
	}
	return false;
}

/* An allow or deny in a direction with Pass rules (semantics.md 11.5). */
static void
insert_passing(const struct keyed *k, struct key key, const struct candidate *e)
{
	struct scan s = {
	    .done = ARENA_ARRAY(k->scratch, bool, k->peer_classes.n + 1)};

	scan_broader(k, &s, key, e);
	if (s.drop)
		return;
	scan_narrower(k, &s, key, e);
	add_lifted(k, &s, key, e, false);
	for (size_t i = 0; i < s.queue.n; i++) {
		struct key to = s.queue.v[i];
		struct scan again = {.done = s.done, .queue = s.queue};

		if (seen_before(&s, i) ||
		    (to.site == key.site && s.done[to.peer_class]))
			continue;
		scan_broader(k, &again, to, e);
		s.queue = again.queue;
		add_lifted(k, &again, to, e, true);
	}
}

static void
insert(const struct keyed *k, struct key key, const struct candidate *e)
{
	if (e->pass)
		insert_pass(k, key,
		    &(struct record){e->value.precedence, e->tier_min,
			e->tier_max});
	else if (k->passes)
		insert_passing(k, key, e);
	else if (k->auth && !e->value.deny)
		insert_auth(k, key, e->value);
	else
		insert_plain(k, key, &e->value);
}

/*
 * Stronger tiers first; within one, the broader keys; at one, the weaker
 * values, which the stronger ones then prune, so that no map depends on the
 * order in which policies come.
 */
static int
compare_candidate(const void *pa, const void *pb)
{
	const struct candidate *a = pa, *b = pb;
	int c;

	if (a->tier_max != b->tier_max)
		return a->tier_max > b->tier_max ? -1 : 1;
	c = candidate_key_compare(a, b);
	if (c == 0)
		c = value_compare(&b->value, &a->value);
	return c ? c : (a->order > b->order) - (a->order < b->order);
}

static bool
covers(const struct site *a, const struct site *b)
{
	return a->proto == 0 ||
	    (a->proto == b->proto && a->prefix.bits <= b->prefix.bits &&
		port_mask(b->prefix.port, a->prefix.bits) == a->prefix.port);
}

/* Sites are in key order, so a broader one always comes first. */
static void
relate_sites(struct keyed *k)
{
	for (uint32_t i = 0; i < k->nsites; i++) {
		struct site *p = &k->site[i];
		uint32_t *broader = ARENA_ARRAY(k->scratch, uint32_t, i + 1);
		uint32_t *narrower =
		    ARENA_ARRAY(k->scratch, uint32_t, k->nsites - i);

		for (uint32_t j = i + 1; j-- > 0;) {
			if (covers(&k->site[j], p))
				broader[p->nbroader++] = j;
		}
		for (uint32_t j = i; j < k->nsites; j++) {
			if (covers(p, &k->site[j]))
				narrower[p->nnarrower++] = j;
		}
		p->broader = broader;
		p->narrower = narrower;
		p->slot =
		    ARENA_ARRAY(k->scratch, struct slot, k->peer_classes.n + 1);
	}
}

static int
compare_site(const void *a, const void *b)
{
	return candidate_key_compare(a, b);
}

static void
find_sites(struct keyed *k, const candidate_vec *candidates)
{
	struct candidate *v =
	    ARENA_ARRAY(k->scratch, struct candidate, candidates->n);

	if (candidates->n == 0)
		return;
	memcpy(v, candidates->v, candidates->n * sizeof(*v));
	qsort(v, candidates->n, sizeof(*v), compare_site);
	k->site = ARENA_ARRAY(k->scratch, struct site, candidates->n);
	for (size_t i = 0; i < candidates->n; i++) {
		if (i == 0 || candidate_key_compare(&v[i], &v[i - 1]) != 0)
			k->site[k->nsites++] =
			    (struct site){.proto = v[i].proto,
				.prefix = v[i].prefix};
	}
	relate_sites(k);
}

static uint32_t
site_of(const struct keyed *k, const struct candidate *candidate)
{
	uint32_t i;

	LOWER_BOUND(i, k->nsites,
	    candidate_key_compare(&(struct candidate){.proto = k->site[i].proto,
				      .prefix = k->site[i].prefix},
		candidate) < 0);
	return i;
}

static void
insert_candidate(const struct keyed *k, const struct candidate *candidate)
{
	struct key key = {site_of(k, candidate), 0};

	for (; key.peer_class <= k->peer_classes.n; key.peer_class++) {
		if (peer_classes_in_candidate(&k->peer_classes, candidate,
			key.peer_class))
			insert(k, key, candidate);
	}
}

static void
add_key(const struct keyed *k, const struct site *p, key_vec *keys,
    struct arena *a)
{
	const struct pmap_value **values = ARENA_ARRAY(k->scratch,
	    const struct pmap_value *, k->peer_classes.n + 1);

	for (uint32_t g = 0; g <= k->peer_classes.n; g++) {
		if (p->slot[g].verdict)
			values[g] = &p->slot[g].value;
	}
	peer_classes_add_key(&k->peer_classes, keys, a, p->proto, p->prefix,
	    values);
}

void
keys_insert(key_vec *keys, struct arena *a, struct arena *scratch,
    candidate_vec *candidates, uint32_t nidents)
{
	struct keyed k = {.scratch = scratch};

	peer_classes_find(&k.peer_classes, scratch, candidates, nidents);
	find_sites(&k, candidates);
	VEC_FOREACH (p, candidates) {
		k.passes |= p->pass;
		k.auth |= (p->value.auth & AUTH_EXPLICIT) != 0;
	}
	if (candidates->n > 1)
		qsort(candidates->v, candidates->n, sizeof(*candidates->v),
		    compare_candidate);
	VEC_FOREACH (p, candidates)
		insert_candidate(&k, p);
	for (uint32_t i = 0; i < k.nsites; i++)
		add_key(&k, &k.site[i], keys, a);
}
