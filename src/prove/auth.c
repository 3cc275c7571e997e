/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A map for one peer has two identities: the peer's own, and that of whoever
 * stands for it, which is id 0 or an aggregate.
 */
#include "prove/auth.h"

#include <stdlib.h>

#include "cilium/auth.h"

struct key {
	struct policy_record r; /* its rule: the tier */
	bool gone, derived;
};

struct build {
	struct arena *arena;
	bool backward;    /* filters of a tier come from the last one on */
	bool stops_first; /* of keys neither of which is in the other, the
			   * one that ends the way down is met first */
	VEC(struct key) keys;
};

/* 0 for all, 1 for a protocol, and more for bits of a port. */
static unsigned
specificity(const struct policy_record *k)
{
	return k->proto == 0 ? 0 : 1U + k->port_bits;
}

static bool
is_broader(const struct policy_record *a, const struct policy_record *b)
{
	unsigned shift = 16U - a->port_bits;

	if (a->proto == 0)
		return true;
	return a->proto == b->proto && a->port_bits <= b->port_bits &&
	    a->port >> shift == b->port >> shift;
}

static bool
same_l4(const struct policy_record *a, const struct policy_record *b)
{
	return is_broader(a, b) && is_broader(b, a);
}

static bool
same_key(const struct policy_record *a, const struct policy_record *b)
{
	return a->id == b->id && same_l4(a, b);
}

static bool
is_explicit(const struct key *k)
{
	return k->r.auth & AUTH_EXPLICIT;
}

static uint32_t
level(const struct key *k)
{
	return k->r.precedence >> 8;
}

/* semantics.md 11.3: on a key that exists. */
static void
merge_keys(struct key *have, const struct key *k)
{
	if (have->r.deny != k->r.deny || level(have) != level(k)) {
		if (k->r.precedence > have->r.precedence)
			*have = *k;
		return;
	}
	if (k->r.precedence > have->r.precedence) {
		have->r.precedence = k->r.precedence;
		have->r.proxy_port = k->r.proxy_port;
	}
	/* Explicit is above derived, then the higher type counts. */
	if (k->r.auth > have->r.auth) {
		have->r.auth = k->r.auth;
		have->derived = k->derived;
	}
}

static void
add(struct build *m, const struct key *k)
{
	VEC_FOREACH (have, &m->keys) {
		if (!have->gone && same_key(&have->r, &k->r)) {
			merge_keys(have, k);
			return;
		}
	}
	*vec_push(&m->keys, m->arena) = *k;
}

/* Whether A is above B, as far as a deny is concerned. */
static bool
is_above(const struct key *a, const struct key *b)
{
	return a->r.precedence > b->r.precedence ||
	    (a->r.precedence == b->r.precedence && !same_key(&a->r, &b->r));
}

static void
insert_deny(struct build *m, const struct key *k, uint32_t peer)
{
	VEC_FOREACH (v, &m->keys) {
		if (!v->gone && (v->r.id != peer || k->r.id == peer) &&
		    is_broader(&v->r, &k->r) && is_above(v, k))
			return;
	}
	VEC_FOREACH (v, &m->keys) {
		if ((k->r.id != peer || v->r.id == peer) &&
		    is_broader(&k->r, &v->r) && is_above(k, v))
			v->gone = true;
	}
	add(m, k);
}

/* semantics.md 11.4, step 1; false: K is not put in at all. */
static bool
look_up(struct build *m, struct key *k)
{
	for (unsigned s = specificity(&k->r) + 1; s-- > 0;) {
		VEC_FOREACH (v, &m->keys) {
			if (v->gone || v->r.id != k->r.id ||
			    specificity(&v->r) != s ||
			    !is_broader(&v->r, &k->r))
				continue;
			if (v->r.precedence > k->r.precedence) {
				if (v->r.deny || !is_explicit(k))
					return false;
				k->r.proxy_port = v->r.proxy_port;
				k->r.precedence = v->r.precedence;
				return true;
			}
			if (!is_explicit(k) && !k->derived && is_explicit(v) &&
			    !same_l4(&v->r, &k->r) && level(v) >= level(k)) {
				k->r.auth = v->r.auth & AUTH_TYPE;
				k->derived = true;
			}
		}
	}
	return true;
}

/* Whether some key within K ends the way down before V is met. */
static bool
is_stopped(const struct build *m, const struct key *k, const struct key *v)
{
	VEC_FOREACH (s, &m->keys) {
		if (!s->gone && s->r.id == k->r.id &&
		    is_broader(&k->r, &s->r) && !same_l4(&k->r, &s->r) &&
		    (s->r.deny || is_explicit(s)) &&
		    (m->stops_first || is_broader(&s->r, &v->r)))
			return true;
	}
	return false;
}

/* semantics.md 11.4, step 2. */
static void
look_down(struct build *m, const struct key *k)
{
	for (unsigned s = specificity(&k->r); s <= 17; s++) {
		VEC_FOREACH (v, &m->keys) {
			if (v->gone || v->r.id != k->r.id ||
			    specificity(&v->r) != s ||
			    !is_broader(&k->r, &v->r))
				continue;
			if (v->r.precedence < k->r.precedence) {
				if (!is_explicit(v)) {
					v->gone = true;
					continue;
				}
				v->r.proxy_port = k->r.proxy_port;
				v->r.precedence = k->r.precedence;
			}
			if (!is_explicit(k) || same_l4(&v->r, &k->r) ||
			    is_stopped(m, k, v))
				continue;
			v->r.auth = k->r.auth & AUTH_TYPE;
			v->derived = true;
		}
	}
}

static void
insert(struct build *m, struct key k, uint32_t peer)
{
	if (k.r.deny) {
		insert_deny(m, &k, peer);
	} else if (look_up(m, &k)) {
		look_down(m, &k);
		add(m, &k);
	}
}

/* semantics.md 10.2: the fewest prefixes that are FIRST to LAST; of no protocol
 * there is one, of all ports. */
static void
insert_range(struct build *m, struct key k, uint32_t first, uint32_t last,
    uint32_t peer)
{
	if (k.r.proto == 0)
		insert(m, k, peer);
	while (first <= last && k.r.proto != 0) {
		unsigned bits = 16;

		while (bits > 0 && first % (1U << (17 - bits)) == 0 &&
		    first + (1U << (17 - bits)) - 1 <= last)
			bits--;
		k.r.port = (uint16_t)first;
		k.r.port_bits = (uint8_t)bits;
		insert(m, k, peer);
		first += 1U << (16 - bits);
	}
}

/* Levels are counted off; maps that know of none have one. */
static uint32_t
precedence(const struct rules *r, const struct merged *m)
{
	uint32_t above = 0, low = 1;

	if (m->first->rule->verdict == IR_DENY)
		low = 255;
	else if (m->listener != 0)
		low = 255U - m->listener;
	if (!r->premises->layout->precedence)
		return low == 255 ? UINT32_MAX : low;
	VEC_FOREACH (c, &r->clauses)
		above += clause_compare_level(c, m->first) < 0;
	return (0xffffff - above) << 8 | low;
}

/* The number of M's proxy, or 0; which one it is does not matter here. */
static uint16_t
proxy_of(const struct rules *r, const struct merged *m)
{
	VEC_FOREACH (other, &r->merged) {
		if (m->listener != 0 && other->parser == m->parser &&
		    str_eq(other->name, m->name))
			return (uint16_t)(other - r->merged.v + 1);
	}
	return 0;
}

static struct key
key_of(const struct rules *r, const struct merged *m)
{
	const struct clause *c = m->first;

	return (struct key){
	    .r = {.dir = r->dir,
		.proto = c->port->proto,
		.deny = c->rule->verdict == IR_DENY,
		.auth = m->auth,
		.proxy_port = proxy_of(r, m),
		.precedence = precedence(r, m)},
	};
}

static bool
is_wildcard(const struct merged *m)
{
	return m->first->peer->selector->nreq == 0;
}

/* semantics.md 10.7: what the filter's wildcard says as well is left out. */
static bool
is_elided(const struct rules *r, const struct merged *m, const struct key *k)
{
	if (is_wildcard(m) || (!m->first->number && m->first->first == 0))
		return false;
	VEC_FOREACH (w, &r->merged) {
		if (is_wildcard(w) && w->auth == k->r.auth &&
		    clause_same_filter(w->first, m->first) &&
		    proxy_of(r, w) == k->r.proxy_port &&
		    precedence(r, w) == k->r.precedence)
			return true;
	}
	return false;
}

/* semantics.md 11.10: who stands for the peer comes first, if that is another.
 */
static void
insert_merged(struct build *m, const struct rules *r, const struct merged *from,
    struct key k, uint32_t peer)
{
	const struct premises *p = r->premises;
	const struct identity *idents = p->world->idents.v;
	const struct clause *c = from->first;
	const struct bitset *met = p->met[c->peer->selector->index];
	uint32_t aggregate = p->aggregate[peer], first, last;
	uint32_t own = idents[peer].id.id;
	bool alone = sec_id_is_aggregate(own);
	bool by_any = is_wildcard(from) ||
	    (aggregate != NO_IDENTITY && bitset_test(met, aggregate));
	bool by_own = alone || c->number || !is_wildcard(from);

	clause_ports(c, peer, &first, &last);
	if (by_any && !alone && !c->number) {
		k.r.id = aggregate == NO_IDENTITY ? 0 : idents[aggregate].id.id;
		insert_range(m, k, first, last, own);
	}
	if (by_own && bitset_test(met, peer)) {
		k.r.id = own;
		insert_range(m, k, first, last, own);
	}
}

static void
insert_tier(struct build *m, const struct rules *r, uint32_t peer,
    unsigned tier)
{
	size_t n = r->merged.n;

	for (size_t i = 0; i < n; i++) {
		size_t at = m->backward ? n - 1 - i : i;
		const struct merged *from = &r->merged.v[at];
		struct key k;

		if (from->first->rule->tier != tier)
			continue;
		k = key_of(r, from);
		if (!is_elided(r, from, &k))
			insert_merged(m, r, from, k, peer);
	}
}

static int
compare_record(const void *a, const void *b)
{
	return policy_record_compare(a, b);
}

/* semantics.md 11.10: whether who stands for the peer says the same. */
static bool
is_repeated(const struct build *m, const struct key *own, uint32_t peer)
{
	VEC_FOREACH (any, &m->keys) {
		if (own->r.id == peer && any->r.id != peer && !any->gone &&
		    same_l4(&own->r, &any->r) && own->r.deny == any->r.deny &&
		    own->r.precedence == any->r.precedence &&
		    own->r.auth == any->r.auth &&
		    own->r.proxy_port == any->r.proxy_port)
			return true;
	}
	return false;
}

/* The keys that are left. */
static struct policy_table
table_of(const struct build *m, const struct rules *r, uint32_t peer)
{
	const struct map_layout *layout = r->premises->layout;
	struct policy_record *v =
	    ARENA_ARRAY(m->arena, struct policy_record, m->keys.n);
	uint32_t n = 0;

	VEC_FOREACH (k, &m->keys) {
		if (!k->gone &&
		    !(layout->aggregates && is_repeated(m, k, peer)))
			v[n++] = k->r;
	}
	if (n > 1)
		qsort(v, n, sizeof(*v), compare_record);
	return (struct policy_table){v, n, layout};
}

void
auth_maps(struct policy_table ret[static AUTH_ORDERS], struct arena *a,
    const struct rules *r, uint32_t peer)
{
	uint32_t id = r->premises->world->idents.v[peer].id.id;

	for (unsigned i = 0; i < AUTH_ORDERS; i++) {
		struct build m = {.arena = a,
		    .backward = i & 1,
		    .stops_first = i & 2};

		for (unsigned tier = 0; tier <= IR_TIER_DEFAULT; tier++)
			insert_tier(&m, r, peer, tier);
		ret[i] = table_of(&m, r, id);
	}
}
