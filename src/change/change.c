/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pairs of actors that some policy may treat differently are judged on both
 * sides, in each cell of ports in which no map tells two ports apart.  Pairs
 * that change on the same ports are put together.
 */
#include "change/change.h"

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
	struct pairs pairs;    /* those that change, by kind */
	/* [2 * actor + direction]: an example of what has no effect; and
	 * whether something else of the direction has. */
	struct change_idle *idle;
	bool *has_idle, *has_effect;
};

/* A pair of ends, and how it changes: ports by kind. */
struct pair {
	uint32_t from, to;
	cell_vec ports[CHANGE_KINDS];
};

/* ---- judging ---- */

static enum flow_verdict
judge_side(const struct search *s, int side, const struct change_witness *w,
    struct judgement *ret)
{
	const struct flow f = change_flow(s->all, side, w);

	*ret = judge(s->all->side[side].pmaps, &f, NULL);
	if (s->all->uncertain[side] && change_uncertain(s->all, side, w, ret))
		return FLOW_UNKNOWN;
	return ret->verdict;
}

static struct str
proxy_of(const struct pmaps *m, const struct judged_end *e)
{
	return m->redirects.v[e->result.value.redirect].name;
}

static bool
proxies_differ(const struct actors *all, const struct judgement j[2])
{
	for (int dir = DIR_INGRESS; dir <= DIR_EGRESS; dir++) {
		if (!str_eq(proxy_of(all->side[0].pmaps, &j[0].end[dir]),
			proxy_of(all->side[1].pmaps, &j[1].end[dir])))
			return true;
	}
	return false;
}

/* How it changes; CHANGE_KINDS: not at all. */
static enum change_kind
kind_of(const struct actors *all, const enum flow_verdict verdict[2],
    const struct judgement j[2])
{
	if (verdict[0] != verdict[1]) {
		if (verdict[0] == FLOW_UNKNOWN || verdict[1] == FLOW_UNKNOWN)
			return CHANGE_UNKNOWN;
		return verdict[1] == FLOW_ALLOWED ? CHANGE_OPENED
						  : CHANGE_CLOSED;
	}
	return verdict[0] == FLOW_ALLOWED && proxies_differ(all, j)
	    ? CHANGE_PROXIED
	    : CHANGE_KINDS;
}

/* Notes which ends say something else and make no difference. */
static void
note_idle(struct search *s, const struct change_witness *w,
    const struct judgement j[2])
{
	for (int dir = DIR_INGRESS; dir <= DIR_EGRESS; dir++) {
		uint32_t actor = dir == DIR_EGRESS ? w->from : w->to;
		size_t i = 2 * (size_t)actor + (size_t)dir;

		if (j[0].end[dir].verdict == j[1].end[dir].verdict ||
		    s->has_idle[i])
			continue;
		s->has_idle[i] = true;
		s->idle[i] =
		    (struct change_idle){actor, (enum direction)dir, *w};
	}
}

static void
note_effect(struct search *s, const struct pair *p, const struct judgement j[2])
{
	for (int dir = DIR_INGRESS; dir <= DIR_EGRESS; dir++) {
		uint32_t actor = dir == DIR_EGRESS ? p->from : p->to;

		if (j[0].end[dir].verdict != j[1].end[dir].verdict)
			s->has_effect[2 * (size_t)actor + (size_t)dir] = true;
	}
}

static void
judge_pair(struct search *s, struct pair *p)
{
	cell_vec cells = {0};

	pairs_list_cells(&cells, &s->pairs, p->from, p->to);
	VEC_FOREACH (c, &cells) {
		const struct change_witness w = {p->from, p->to, c->proto,
		    (uint16_t)c->ports.first};
		struct judgement j[2];
		enum flow_verdict verdict[2];
		enum change_kind kind;

		for (int i = 0; i < 2; i++)
			verdict[i] = judge_side(s, i, &w, &j[i]);
		kind = kind_of(s->all, verdict, j);
		if (kind == CHANGE_KINDS) {
			note_idle(s, &w, j);
			continue;
		}
		note_effect(s, p, j);
		pairs_add_cell(&p->ports[kind], s->scratch, c);
	}
}

static void
judge_pairs(struct search *s)
{
	for (uint32_t from = 0; from < s->all->v.n; from++) {
		if (!s->to_of[from])
			continue;
		BITSET_FOREACH (to, s->to_of[from]) {
			struct pair p = {.from = from, .to = to};

			judge_pair(s, &p);
			for (int k = 0; k < CHANGE_KINDS; k++) {
				if (p.ports[k].n > 0)
					pairs_add(&s->pairs, (uint32_t)k, from,
					    to, &p.ports[k]);
			}
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
		    .kind = (enum change_kind)set->kind,
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
				after == ISOLATION_DENY};
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
    const struct change_side side[2])
{
	struct search s = {.out = ret, .arena = a, .scratch = scratch};
	size_t n;

	*ret = (struct changes){0};
	actors_find(&ret->actors, a, side);
	s.all = &ret->actors;
	n = s.all->v.n;
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
