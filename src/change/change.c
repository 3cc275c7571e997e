/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pairs of actors that some policy may treat differently are judged on both
 * sides, in each cell of ports in which no map tells two ports apart.  Pairs
 * that change on the same ports are put together.
 */
#include "change/change.h"

#include <assert.h>

#include "change/answer.h"
#include "change/pairs.h"
#include "change/suspects.h"
#include "change/unseen.h"
#include "cilium/proto.h"

struct search {
	struct changes *out;
	struct arena *arena, *scratch;
	const struct actors *all;
	struct bitset **to_of; /* [actor]: whom it is judged with, or NULL */
	struct pairs pairs;    /* those that change, by kind and sides */
	struct map by_tried;   /* sets of sides -> index in tried, plus one */
	VEC(const struct bitset *) tried;
	struct judged *judged; /* [side]: what it makes of a connection */
	/* [2 * actor + direction]: an example of what has no effect; and
	 * whether something else of the direction has. */
	struct change_idle *idle;
	bool *has_idle, *has_effect;
};

/* What a side makes of a connection. */
struct judged {
	enum flow_verdict verdict;
	struct judgement judgement;
};

/* Ports of a pair of ends that change alike. */
struct way {
	uint32_t code;
	cell_vec ports;
};

typedef VEC(struct way) way_vec;

#define CODE_KIND 24 /* bits below it: which sides do the same */

/* ---- judging ---- */

static void
judge_sides(struct judged *ret, const struct actors *all,
    const struct change_witness *w)
{
	for (uint32_t i = 0; i < all->nsides; i++) {
		struct judged *x = &ret[i];
		const struct flow f = change_flow(all, (int)i, w);

		if (!change_is_there(all, i, w))
			continue;
		x->judgement = judge(all->side[i].pmaps, &f, NULL);
		x->verdict = all->uncertain[i] &&
			change_uncertain(all, (int)i, w, &x->judgement)
		    ? FLOW_UNKNOWN
		    : x->judgement.verdict;
	}
}

static struct str
proxy_of(const struct pmaps *m, const struct judged_end *e)
{
	return m->redirects.v[e->result.value.redirect].name;
}

static bool
proxies_differ(const struct actors *all, const struct judged *v, uint32_t a,
    uint32_t b)
{
	for (int dir = DIR_INGRESS; dir <= DIR_EGRESS; dir++) {
		if (!str_eq(proxy_of(all->side[a].pmaps,
				&v[a].judgement.end[dir]),
			proxy_of(all->side[b].pmaps, &v[b].judgement.end[dir])))
			return true;
	}
	return false;
}

/* How side B does something else than A; CHANGE_KINDS: not at all. */
static enum change_kind
kind_of(const struct actors *all, const struct judged *v, uint32_t a,
    uint32_t b)
{
	enum flow_verdict before = v[a].verdict, after = v[b].verdict;

	if (before != after) {
		if (before == FLOW_UNKNOWN || after == FLOW_UNKNOWN)
			return CHANGE_UNKNOWN;
		return after == FLOW_ALLOWED ? CHANGE_OPENED : CHANGE_CLOSED;
	}
	return before == FLOW_ALLOWED && proxies_differ(all, v, a, b)
	    ? CHANGE_PROXIED
	    : CHANGE_KINDS;
}

bool
change_does_as_second(const struct actors *all, const struct change_witness *w)
{
	struct judged v[3] = {0};

	assert(all->nsides == 3);
	judge_sides(v, all, w);
	return change_is_there(all, 2, w) &&
	    kind_of(all, v, 2, 1) == CHANGE_KINDS;
}

/* The sides that are tried and do as the second one. */
static const struct bitset *
sides_like_second(const struct search *s, const struct change_witness *w)
{
	struct bitset *set = bitset_new(s->scratch, s->all->nsides);

	for (uint32_t i = 2; i < s->all->nsides; i++) {
		if (change_is_there(s->all, i, w) &&
		    kind_of(s->all, s->judged, i, 1) == CHANGE_KINDS)
			bitset_set(set, i);
	}
	return bitset_pack(s->scratch, set);
}

/* A kind and a set of sides as one number, by kind first. */
static uint32_t
code_of(struct search *s, enum change_kind kind, const struct bitset *tried)
{
	struct str bytes = bitset_bytes(tried);
	void **slot = map_put(&s->by_tried, bytes.s, bytes.n);

	if (!*slot) {
		*vec_push(&s->tried, s->arena) = bitset_pack(s->arena, tried);
		*slot = (void *)(uintptr_t)s->tried.n;
	}
	return (uint32_t)kind << CODE_KIND | (uint32_t)((uintptr_t)*slot - 1);
}

static enum flow_verdict
end_verdict(const struct search *s, uint32_t side, int dir)
{
	return s->judged[side].judgement.end[dir].verdict;
}

/* Notes which ends say something else and make no difference. */
static void
note_idle(struct search *s, const struct change_witness *w)
{
	for (int dir = DIR_INGRESS; dir <= DIR_EGRESS; dir++) {
		uint32_t actor = dir == DIR_EGRESS ? w->from : w->to;
		size_t i = 2 * (size_t)actor + (size_t)dir;
		struct bitset *tried;

		if (end_verdict(s, 0, dir) == end_verdict(s, 1, dir) ||
		    s->has_idle[i])
			continue;
		tried = bitset_new(s->arena, s->all->nsides);
		for (uint32_t k = 2; k < s->all->nsides; k++) {
			if (change_is_there(s->all, k, w) &&
			    end_verdict(s, k, dir) == end_verdict(s, 1, dir))
				bitset_set(tried, k);
		}
		s->has_idle[i] = true;
		s->idle[i] =
		    (struct change_idle){actor, (enum direction)dir, *w, tried};
	}
}

static void
note_effect(struct search *s, const struct change_witness *w)
{
	for (int dir = DIR_INGRESS; dir <= DIR_EGRESS; dir++) {
		uint32_t actor = dir == DIR_EGRESS ? w->from : w->to;

		if (end_verdict(s, 0, dir) != end_verdict(s, 1, dir))
			s->has_effect[2 * (size_t)actor + (size_t)dir] = true;
	}
}

static cell_vec *
ports_of(way_vec *ways, struct arena *a, uint32_t code)
{
	struct way *new;

	VEC_FOREACH (x, ways) {
		if (x->code == code)
			return &x->ports;
	}
	new = vec_push(ways, a);
	new->code = code;
	return &new->ports;
}

static void
judge_pair(struct search *s, way_vec *ways, uint32_t from, uint32_t to)
{
	cell_vec cells = {0};

	pairs_list_cells(&cells, &s->pairs, from, to);
	VEC_FOREACH (c, &cells) {
		const struct change_witness w = {from, to, c->proto,
		    (uint16_t)c->ports.first};
		enum change_kind kind;

		judge_sides(s->judged, s->all, &w);
		kind = kind_of(s->all, s->judged, 0, 1);
		if (kind == CHANGE_KINDS) {
			note_idle(s, &w);
			continue;
		}
		note_effect(s, &w);
		pairs_add_cell(ports_of(ways, s->scratch,
				   code_of(s, kind, sides_like_second(s, &w))),
		    s->scratch, c);
	}
}

static void
judge_pairs(struct search *s)
{
	for (uint32_t from = 0; from < s->all->v.n; from++) {
		if (!s->to_of[from])
			continue;
		BITSET_FOREACH (to, s->to_of[from]) {
			way_vec ways = {0};

			judge_pair(s, &ways, from, to);
			VEC_FOREACH (x, &ways)
				pairs_add(&s->pairs, x->code, from, to,
				    &x->ports);
			arena_reset(s->scratch);
		}
	}
}

static bool
holds(struct interval ports, uint32_t port)
{
	return ports.first <= port && port < ports.end;
}

/* TCP before all else, and a port of the web before another one. */
static void
choose_witness(struct change *x)
{
	const struct cell *best = &x->ports[0];
	uint32_t port;

	for (uint32_t i = 0; i < x->nports; i++) {
		if (x->ports[i].proto == IPPROTO_TCP &&
		    best->proto != IPPROTO_TCP)
			best = &x->ports[i];
	}
	port = best->ports.first;
	if (proto_is_icmp(best->proto) && holds(best->ports, 8))
		port = 8;
	else if (proto_has_ports(best->proto) && port == 0)
		port = holds(best->ports, 443) ? 443 : best->ports.end > 1;
	x->witness = (struct change_witness){bitset_next(x->from, 0),
	    bitset_next(x->to, 0), best->proto, (uint16_t)port};
}

static void
put_together(struct search *s)
{
	struct changes *out = s->out;
	pair_set_vec sets = {0};

	pairs_put_together(&sets, &s->pairs);
	VEC_FOREACH (set, &sets) {
		struct change *x = vec_push(&out->v, s->arena);

		*x = (struct change){
		    .kind = (enum change_kind)(set->kind >> CODE_KIND),
		    .tried = s->tried.v[set->kind & ((1u << CODE_KIND) - 1)],
		    .from = set->from,
		    .to = set->to,
		    .ports = set->ports,
		    .nports = set->nports,
		};
		out->count[x->kind]++;
		choose_witness(x);
	}
	arena_reset(s->scratch);
}

/* ---- what is to be judged ---- */

static void
add_pair(struct search *s, uint32_t from, uint32_t to)
{
	if (!s->to_of[from])
		s->to_of[from] = bitset_new(s->arena, (uint32_t)s->all->v.n);
	bitset_set(s->to_of[from], to);
}

static void
list_pairs(struct search *s)
{
	struct suspects suspects;

	suspects_init(&suspects, s->arena, s->scratch, s->all);
	for (uint32_t i = 0; i < s->all->nsubjects; i++) {
		const struct actor *x = &s->all->v.v[i];

		BITSET_FOREACH (peer, suspects_of(&suspects, x, DIR_EGRESS))
			add_pair(s, i, peer);
		BITSET_FOREACH (peer, suspects_of(&suspects, x, DIR_INGRESS))
			add_pair(s, peer, i);
	}
}

/* ---- what else there is to say ---- */

/* The sides that are tried on which the same becomes of X as AFTER. */
static const struct bitset *
isolated_alike(const struct search *s, const struct actor *x,
    enum direction dir, enum isolation after)
{
	struct bitset *set = bitset_new(s->arena, s->all->nsides);

	for (uint32_t i = 2; i < s->all->nsides; i++) {
		if (actor_is_there(x, i) &&
		    (actor_isolation(s->all, x, (int)i, dir) ==
			ISOLATION_DENY) == (after == ISOLATION_DENY))
			bitset_set(set, i);
	}
	return set;
}

static void
list_isolation(struct search *s)
{
	for (size_t i = 0; i < 2 * (size_t)s->all->nsubjects; i++) {
		const struct actor *x = &s->all->v.v[i / 2];
		enum direction dir = (enum direction)(i % 2);
		enum isolation before = actor_isolation(s->all, x, 0, dir);
		enum isolation after = actor_isolation(s->all, x, 1, dir);

		if (before != ISOLATION_UNKNOWN && after != ISOLATION_UNKNOWN &&
		    (before == ISOLATION_DENY) != (after == ISOLATION_DENY))
			*vec_push(&s->out->isolation, s->arena) =
			    (struct change_isolation){(uint32_t)(i / 2), dir,
				after == ISOLATION_DENY,
				isolated_alike(s, x, dir, after)};
	}
}

static void
list_idle(struct search *s)
{
	for (size_t i = 0; i < 2 * (size_t)s->all->nsubjects; i++) {
		if (s->has_idle[i] && !s->has_effect[i])
			*vec_push(&s->out->idle, s->arena) = s->idle[i];
	}
}

void
changes_find(struct changes *ret, struct arena *a, struct arena *scratch,
    const struct change_side *side, uint32_t nsides)
{
	struct search s = {.out = ret, .arena = a, .scratch = scratch};
	size_t n;

	*ret = (struct changes){0};
	actors_find(&ret->actors, a, side, nsides);
	s.all = &ret->actors;
	n = s.all->v.n;
	map_init(&s.by_tried, a);
	s.judged = ARENA_ARRAY(a, struct judged, nsides);
	s.to_of = ARENA_ARRAY(a, struct bitset *, n);
	s.idle = ARENA_ARRAY(a, struct change_idle, 2 * n);
	s.has_idle = ARENA_ARRAY(a, bool, 2 * n);
	s.has_effect = ARENA_ARRAY(a, bool, 2 * n);
	pairs_list_protos(&ret->protos, s.all);
	pairs_init(&s.pairs, a, scratch, s.all, &ret->protos);
	list_pairs(&s);
	judge_pairs(&s);
	put_together(&s);
	list_isolation(&s);
	list_idle(&s);
	unseen_find(ret, a, scratch);
}
