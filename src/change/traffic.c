/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which actors the ends of a recorded connection may be, and in which changes
 * it is then.
 */
#include "change/traffic.h"

#include <string.h>

/* Connections that are in the same changes. */
struct spot {
	const struct bitset *in, *perhaps; /* of changes */
	bool unplaced;
	struct {
		uint64_t connections, bytes;
	} seen[3]; /* by the end that saw them, as of a struct replay_answer */
};

/* What tells spots apart: the answer, and whose addresses it is about. */
struct whose {
	const struct replay_answer *answer;
	struct ip ip[2];
};

void
traffic_init(struct traffic *t, struct arena *a, const struct changes *c)
{
	*t = (struct traffic){.arena = a, .changes = c};
	map_init(&t->spot_of, a);
	t->in = ARENA_ARRAY(a, struct traffic_sum, c->v.n);
	t->perhaps = ARENA_ARRAY(a, struct traffic_sum, c->v.n);
}

/* ---- who ---- */

/* How well X is what has the address: 0: it is not, 1: it has the addresses of
 * no prefix, then by the length of the prefix; a pod most of all. */
static unsigned
fits(const struct actor *x, const struct ip *ip)
{
	const struct cidr one = cidr_of_ip(ip);
	unsigned best = 0;

	VEC_FOREACH (e, &x->pods[0]) {
		for (uint32_t i = 0; i < (*e)->nips; i++) {
			if (memcmp(&(*e)->ips[i], ip, sizeof(*ip)) == 0)
				return UINT8_MAX + 1;
		}
	}
	VEC_FOREACH (r, &x->ranges) {
		if (cidr_contains(&r->prefix, &one) && r->prefix.bits >= best)
			best = r->prefix.bits + 1u;
	}
	return best;
}

/* The actors that an end with an identity and a policy may be: those that have
 * the address, or all where none has. */
static struct bitset *
actors_of(const struct traffic *t, ident_idx_t ident,
    const struct pmap_class *class, const struct ip *ip)
{
	const struct actors *all = &t->changes->actors;
	struct bitset *set = bitset_new(t->arena, (uint32_t)all->v.n);
	unsigned best = 0;

	for (uint32_t i = 0; i < all->v.n; i++) {
		const struct actor *x = &all->v.v[i];
		unsigned fit;

		if (x->side[0].ident.i != ident.i || x->side[0].class != class)
			continue;
		fit = ip->family == 0 ? 0 : fits(x, ip);
		if (fit > best)
			bitset_zero(set);
		if (fit >= best) {
			best = fit;
			bitset_set(set, i);
		}
	}
	return set;
}

/* ---- in what ---- */

static bool
has_port(const struct changes *c, const struct change *x, uint8_t proto,
    uint16_t port)
{
	bool named = false;

	VEC_FOREACH (p, &c->protos)
		named = named || p->proto == proto;
	for (uint32_t i = 0; i < x->nports; i++) {
		const struct cell *cell = &x->ports[i];

		if ((cell->others ? !named : cell->proto == proto) &&
		    cell->ports.first <= port && port < cell->ports.end)
			return true;
	}
	return false;
}

/* How many of FEW are in SET. */
static uint64_t
count_in(const struct bitset *few, const struct bitset *set)
{
	uint64_t n = 0;

	BITSET_FOREACH (i, few)
		n += bitset_test(set, i);
	return n;
}

/* Adds to N, by change, how many of the connections it has; returns how many
 * there are. */
static uint64_t
count_pair(const struct traffic *t, uint64_t *n, const struct whose *key,
    const struct replay_pair *p)
{
	const struct changes *c = t->changes;
	const struct ip *ip = key->ip;
	const struct bitset *from = actors_of(t, p->from, p->class[0], ip);
	const struct bitset *to = actors_of(t, p->to, p->class[1], ip + 1);

	for (size_t i = 0; i < c->v.n; i++) {
		const struct change *x = &c->v.v[i];

		if (has_port(c, x, key->answer->proto, p->port))
			n[i] += count_in(from, x->from) * count_in(to, x->to);
	}
	return (uint64_t)bitset_count(from) * bitset_count(to);
}

static struct spot *
spot_of(struct traffic *t, const struct whose *key)
{
	size_t nchanges = t->changes->v.n;
	struct bitset *in = bitset_new(t->arena, (uint32_t)nchanges);
	struct bitset *perhaps = bitset_new(t->arena, (uint32_t)nchanges);
	struct spot *spot = ARENA_NEW(t->arena, struct spot);
	uint64_t *n = ARENA_ARRAY(t->arena, uint64_t, nchanges);
	const struct replay_more *more = key->answer->more;
	uint64_t all = 0;

	*vec_push(&t->spots, t->arena) = spot;
	*spot = (struct spot){in, perhaps, !more, {{0}}};
	for (size_t i = 0; more && i < more->pairs.n; i++) {
		uint64_t some = count_pair(t, n, key, &more->pairs.v[i]);

		all += some;
		spot->unplaced |= some == 0;
	}
	spot->unplaced |= all == 0;
	for (uint32_t i = 0; i < nchanges; i++) {
		if (n[i] > 0)
			bitset_set(n[i] == all && !spot->unplaced ? in
								  : perhaps,
			    i);
	}
	return spot;
}

void
traffic_add(struct traffic *t, const struct replay_result *r)
{
	struct whose key = {.answer = r->answer};
	struct spot *spot;
	void **slot;

	if (r->status != REPLAY_JUDGED)
		return;
	key.ip[0] = r->ip[0];
	key.ip[1] = r->ip[1];
	slot = map_put(&t->spot_of, &key, sizeof(key));
	if (!*slot)
		*slot = spot_of(t, &key);
	spot = *slot;
	if (r->first)
		spot->seen[r->end].connections += r->weight;
	spot->seen[r->end].bytes += r->bytes;
}

/* Adds what was seen of SPOT: the most that an end has. */
static void
sum_up(struct traffic_sum *sum, const struct spot *spot)
{
	uint64_t connections = 0, bytes = 0;

	for (int i = 0; i < 3; i++) {
		if (spot->seen[i].connections > connections)
			connections = spot->seen[i].connections;
		if (spot->seen[i].bytes > bytes)
			bytes = spot->seen[i].bytes;
	}
	sum->connections += connections;
	sum->bytes += bytes;
}

void
traffic_settle(struct traffic *t)
{
	VEC_FOREACH (at, &t->spots) {
		const struct spot *spot = *at;

		sum_up(&t->all, spot);
		if (spot->unplaced)
			sum_up(&t->unplaced, spot);
		BITSET_FOREACH (i, spot->in)
			sum_up(&t->in[i], spot);
		BITSET_FOREACH (i, spot->perhaps)
			sum_up(&t->perhaps[i], spot);
	}
}
