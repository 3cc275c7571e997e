/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every pair of actors that is asked about is judged in each cell of ports in
 * which no map tells two ports apart.  Pairs of actors share the cells of their
 * policies, and connections to a proxy what it lets pass.
 */
#include "change/reach.h"

#include <string.h>

#include "change/answer.h"
#include "change/pairs.h"
#include "cilium/reserved.h"

enum {
	KIND_UNKNOWN = 1 << 30, /* a bit of kinds: they come last */
};

struct search {
	struct reaches *out;
	const struct reach_question *q;
	struct pairs pairs;
	struct map cells;  /* two directions -> cell_vec */
	struct map met;    /* direction -> struct meeting */
	struct map grants; /* direction, peer, port -> struct reach_grant */
	struct map same;   /* what a grant lets pass -> struct reach_grant */
	struct map ways;   /* struct reach_way -> its kind, plus one */
	VEC(const struct reach_way *) way; /* [kind, but for UNKNOWN] */
};

void
reaches_init(struct reaches *r, struct arena *a, struct arena *scratch,
    const struct change_side *side)
{
	*r = (struct reaches){.arena = a,
	    .scratch = scratch,
	    .side = {*side, *side}};
	actors_find(&r->actors, a, r->side, 2);
	pairs_list_protos(&r->protos, &r->actors);
}

/* ---- who ---- */

static bool
is_world(uint32_t id)
{
	return id == SEC_ID_WORLD || id == SEC_ID_WORLD_IPV4 ||
	    id == SEC_ID_WORLD_IPV6;
}

/* Whether X is END of a party that was asked for by an address or not. */
static bool
is_end(const struct actor *x, const struct trace_end *end,
    const struct trace_party *party)
{
	if (x->side[0].ident.i != end->ident.i ||
	    x->side[0].class != end->class)
		return false;
	return party->asked->who != QUERY_ADDRESS || end->class ||
	    x->side[0].unmapped ==
	    (party->prefix.family != 0 && party->prefix.bits == 0);
}

/* The world is of both families until somebody asks for an address. */
static bool
is_world_end(const struct reaches *r, const struct actor *x,
    const struct trace_party *party)
{
	const struct world *w = r->side[0].pmaps->world;

	return party->asked->who == QUERY_ENTITY &&
	    str_is(party->asked->name, RESERVED_WORLD) &&
	    is_world(world_identity(w, x->side[0].ident)->id.id);
}

const struct bitset *
reaches_actors(const struct reaches *r, const struct trace_party *party)
{
	struct bitset *set = bitset_new(r->arena, (uint32_t)r->actors.v.n);

	for (uint32_t i = 0; i < r->actors.v.n; i++) {
		const struct actor *x = &r->actors.v.v[i];
		bool found = is_world_end(r, x, party);

		VEC_FOREACH (end, &party->ends)
			found = found || is_end(x, end, party);
		if (found)
			bitset_set(set, i);
	}
	return set;
}

const struct bitset *
reaches_outside(const struct reaches *r, bool outside)
{
	struct bitset *set = bitset_new(r->arena, (uint32_t)r->actors.v.n);

	for (uint32_t i = 0; i < r->actors.v.n; i++) {
		if (outside ? actor_is_outside(&r->actors, &r->actors.v.v[i])
			    : i < r->actors.nsubjects)
			bitset_set(set, i);
	}
	return set;
}

/* ---- proxies ---- */

/* Grants of the same rules are one. */
static const struct reach_grant *
intern_grant(struct search *s, const struct explanation *why)
{
	size_t n = 1 + 4 * why->tries.n, i = 0;
	uintptr_t *key = ARENA_ARRAY(s->out->scratch, uintptr_t, n);
	VEC(struct request_try) tries = {0};
	struct reach_grant *g;
	void **slot;

	key[i++] = why->parser;
	VEC_FOREACH (t, &why->tries) {
		key[i++] = (uintptr_t)t->rule->http;
		key[i++] = (uintptr_t)t->rule->dns;
		key[i++] = t->selector_policy->nnames > 0
		    ? (uintptr_t)t->selector_policy->names[0].name
		    : 0;
		key[i++] = t->rule->default_allow;
	}
	slot = map_put(&s->same, key, n * sizeof(*key));
	if (!*slot) {
		*slot = g = ARENA_NEW(s->out->arena, struct reach_grant);
		g->parser = why->parser;
		g->ntries = why->tries.n;
		/* These live no longer than the pair is judged. */
		VEC_FOREACH (t, &why->tries)
			*vec_push(&tries, s->out->arena) = *t;
		g->tries = tries.v;
	}
	return *slot;
}

static const struct reach_grant *
grant_of(struct search *s, const struct flow *f, const struct judged_end *e)
{
	struct {
		const struct pmap_direction *direction;
		uint32_t peer, proto, port, zero;
	} key = {e->direction, e->peer.i, f->proto, f->port, 0};
	struct explanation why;
	void **slot;

	if (e->state != JUDGE_ASKED || e->result.verdict != PMAP_REDIRECTED)
		return NULL;
	slot = map_put(&s->grants, &key, sizeof(key));
	if (!*slot) {
		explain(&why, s->out->scratch, s->out->side[0].pmaps, f, e,
		    NULL);
		*slot = (void *)intern_grant(s, &why);
	}
	return *slot;
}

/* ---- judging ---- */

static uint32_t
intern_way(struct search *s, const struct reach_way *way)
{
	void **slot = map_put(&s->ways, way, sizeof(*way));

	if (!*slot) {
		struct reach_way *copy =
		    ARENA_NEW(s->out->arena, struct reach_way);

		*copy = *way;
		*vec_push(&s->way, s->out->arena) = copy;
		*slot = (void *)(uintptr_t)s->way.n;
	}
	return ((uint32_t)(uintptr_t)*slot - 1) |
	    (way->unknown ? KIND_UNKNOWN : 0);
}

static const char *
error_of(const struct flow *f, const struct judgement *j)
{
	if (j->end[DIR_EGRESS].state == JUDGE_BROKEN)
		return f->from.class->error;
	return j->end[DIR_INGRESS].state == JUDGE_BROKEN ? f->to.class->error
							 : NULL;
}

/* Judges W; false: it is dropped. */
static bool
judge_cell(struct search *s, const struct change_witness *w, uint32_t *ret_way)
{
	struct flow f = change_flow(&s->out->actors, 0, w);
	struct reach_way way;
	struct judgement j;

	if (w->from == w->to)
		f.from.endpoint = NULL; /* another one like it */
	j = judge(s->out->side[0].pmaps, &f, NULL);
	memset(&way, 0, sizeof(way));
	if (s->out->actors.uncertain[0])
		way.uncertain = change_uncertain(&s->out->actors, 0, w, &j);
	way.unknown = way.uncertain || j.verdict == FLOW_UNKNOWN;
	if (!way.unknown && j.verdict != FLOW_ALLOWED)
		return false;
	if (way.unknown) {
		way.error = way.uncertain ? NULL : error_of(&f, &j);
	} else {
		for (int dir = DIR_INGRESS; dir <= DIR_EGRESS; dir++)
			way.grant[dir] = grant_of(s, &f, &j.end[dir]);
	}
	*ret_way = intern_way(s, &way);
	return true;
}

/* The cells of a pair, which pairs of the same two policies share. */
static const cell_vec *
cells_of(struct search *s, uint32_t from, uint32_t to)
{
	const struct actor *v = s->out->actors.v.v;
	const void *key[] = {pairs_direction(&v[from].side[0], DIR_EGRESS),
	    pairs_direction(&v[to].side[0], DIR_INGRESS)};
	void **slot = map_put(&s->cells, key, sizeof(key));
	cell_vec *cells = *slot;
	cell_vec found = {0};

	if (cells)
		return cells;
	*slot = cells = ARENA_NEW(s->out->arena, cell_vec);
	if (s->q->proto != 0) {
		*vec_push(cells, s->out->arena) = (struct cell){
		    .proto = s->q->proto,
		    .ports = {s->q->port, (uint32_t)s->q->port + 1},
		};
		return cells;
	}
	pairs_list_cells(&found, &s->pairs, from, to);
	VEC_FOREACH (c, &found)
		*vec_push(cells, s->out->arena) = *c;
	return cells;
}

/* Ports of a pair that pass in one way. */
struct passing {
	uint32_t way;
	cell_vec ports;
};

static void
judge_pair(struct search *s, uint32_t from, uint32_t to)
{
	struct arena *scratch = s->out->scratch;
	VEC(struct passing) passing = {0};

	VEC_FOREACH (c, cells_of(s, from, to)) {
		const struct change_witness w = {from, to, c->proto,
		    (uint16_t)c->ports.first};
		struct passing *at = NULL;
		uint32_t way;

		if (!judge_cell(s, &w, &way))
			continue;
		VEC_FOREACH (p, &passing)
			at = p->way == way ? p : at;
		if (!at) {
			at = vec_push(&passing, scratch);
			at->way = way;
		}
		pairs_add_cell(&at->ports, scratch, c);
	}
	VEC_FOREACH (p, &passing)
		pairs_add(&s->pairs, p->way, from, to, &p->ports);
	arena_reset(scratch);
}

/* Whom a direction may let something pass of, as identities; NULL: of all. */
struct meeting {
	const struct bitset *peers;
};

static const struct bitset *
find_met(struct search *s, const struct pmap_direction *d)
{
	struct bitset *set = bitset_new(s->out->scratch,
	    (uint32_t)s->out->side[0].pmaps->world->idents.n);

	for (uint32_t k = 0; k < d->nkeys; k++) {
		for (uint32_t i = 0; i < d->keys[k].nentries; i++) {
			const struct pmap_entry *e = &d->keys[k].entries[i];

			if (e->value.deny)
				continue;
			if (!e->peers)
				return NULL;
			bitset_or(set, e->peers);
		}
	}
	return bitset_dup(s->out->arena,
	    aggregates_reach(d->aggregates, s->out->scratch, set));
}

/*
 * Whether the policy of X surely lets nothing pass of PEER.  What may pass
 * without a map, or is not known, is asked in full.
 */
static bool
is_shut(struct search *s, const struct actor *x, const struct actor *peer,
    enum direction dir)
{
	const struct pmap_class *class = x->side[0].class;
	const struct pmap_direction *d;
	struct meeting *met;
	void **slot;

	if (!class || class->error || class->subject->host ||
	    s->out->actors.uncertain[0])
		return false;
	d = class->direction[dir];
	slot = map_put(&s->met, &d, sizeof(d));
	if (!*slot) {
		*slot = met = ARENA_NEW(s->out->arena, struct meeting);
		met->peers = find_met(s, d);
	}
	met = *slot;
	return met->peers && !bitset_test(met->peers, peer->side[0].ident.i);
}

static void
judge_pairs(struct search *s)
{
	const struct actors *all = &s->out->actors;

	for (uint32_t from = 0; from < all->v.n; from++) {
		/* One of the two has a policy. */
		uint32_t end =
		    from < all->nsubjects ? (uint32_t)all->v.n : all->nsubjects;

		if (s->q->from && !bitset_test(s->q->from, from))
			continue;
		for (uint32_t to = 0; to < end; to++) {
			const struct actor *f = &all->v.v[from];
			const struct actor *t = &all->v.v[to];

			if ((!s->q->to || bitset_test(s->q->to, to)) &&
			    !is_shut(s, f, t, DIR_EGRESS) &&
			    !is_shut(s, t, f, DIR_INGRESS))
				judge_pair(s, from, to);
		}
	}
}

void
reaches_find(struct reaches *r, const struct reach_question *q)
{
	struct search s = {.out = r, .q = q};
	pair_set_vec sets = {0};

	map_init(&s.cells, r->arena);
	map_init(&s.met, r->arena);
	map_init(&s.grants, r->arena);
	map_init(&s.same, r->arena);
	map_init(&s.ways, r->arena);
	pairs_init(&s.pairs, r->arena, r->scratch, &r->actors, &r->protos);
	judge_pairs(&s);
	pairs_put_together(&sets, &s.pairs);
	arena_reset(r->scratch);
	VEC_FOREACH (set, &sets)
		*vec_push(&r->v, r->arena) =
		    (struct reach){s.way.v[set->kind & ~KIND_UNKNOWN],
			set->from, set->to, set->ports, set->nports};
}
