/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pairs of actors that some policy may treat differently are judged on both
 * sides, in each cell of ports in which no map tells two ports apart.  Pairs
 * that change on the same ports are put together.
 */
#include "change/change.h"

#include <stdlib.h>
#include <string.h>

#include "change/answer.h"
#include "change/suspects.h"
#include "change/unseen.h"
#include "cilium/proto.h"

/* The pairs that change in one way, on the same ports. */
struct group {
	enum change_kind kind;
	const struct cell *ports;
	uint32_t nports;
	struct map from_of; /* actor that is connected to -> bitset of actors */
};

struct search {
	struct changes *out;
	struct arena *arena, *scratch;
	const struct actors *all;
	struct bitset **to_of; /* [actor]: whom it is judged with, or NULL */
	struct map groups;     /* kind and ports -> struct group */
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

static const struct pmap_direction nothing;

static const struct pmap_direction *
direction_of(const struct flow_end *e, enum direction dir)
{
	return e->class && !e->class->error ? e->class->direction[dir]
					    : &nothing;
}

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
add_cell(cell_vec *ports, struct arena *a, const struct cell *cell)
{
	struct cell *last = ports->n > 0 ? &ports->v[ports->n - 1] : NULL;

	if (last && last->proto == cell->proto &&
	    last->ports.end == cell->ports.first)
		last->ports.end = cell->ports.end;
	else
		*vec_push(ports, a) = *cell;
}

/* Cells in which neither side of either end tells two ports apart. */
static void
list_cells(const struct search *s, const struct pair *p, cell_vec *ret)
{
	const struct actor *from = &s->all->v.v[p->from];
	const struct actor *to = &s->all->v.v[p->to];
	struct comparison ingress = {0}, egress = {0};
	cell_vec edges = {0}, cells = {0};

	for (int i = 0; i < 2; i++) {
		ingress.direction[i] = direction_of(&to->side[i], DIR_INGRESS);
		egress.direction[i] = direction_of(&from->side[i], DIR_EGRESS);
	}
	compare_list_cells(&cells, s->scratch, &ingress, &s->out->protos);
	VEC_FOREACH (c, &cells) {
		if (!c->others)
			*vec_push(&edges, s->scratch) = *c;
	}
	compare_list_cells(ret, s->scratch, &egress, &edges);
}

static void
judge_pair(struct search *s, struct pair *p)
{
	cell_vec cells = {0};

	list_cells(s, p, &cells);
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
		add_cell(&p->ports[kind], s->scratch, c);
	}
}

/* ---- putting together ---- */

/* What tells groups apart. */
static struct str
group_key(struct arena *a, enum change_kind kind, const cell_vec *ports)
{
	uint32_t n = 1 + 3 * (uint32_t)ports->n, i = 0;
	uint32_t *key = ARENA_ARRAY(a, uint32_t, n);

	key[i++] = kind;
	VEC_FOREACH (c, ports) {
		key[i++] = c->proto | (uint32_t)c->others << 8;
		key[i++] = c->ports.first;
		key[i++] = c->ports.end;
	}
	return (struct str){(const char *)key, n * sizeof(*key)};
}

static void
add_to_group(struct search *s, const struct pair *p, enum change_kind kind)
{
	const cell_vec *ports = &p->ports[kind];
	struct str key = group_key(s->scratch, kind, ports);
	void **slot = map_put(&s->groups, key.s, key.n), **from;
	struct group *g = *slot;

	if (!g) {
		*slot = g = ARENA_NEW(s->arena, struct group);
		g->kind = kind;
		g->ports = memcpy(ARENA_ARRAY(s->arena, struct cell, ports->n),
		    ports->v, ports->n * sizeof(*ports->v));
		g->nports = (uint32_t)ports->n;
		map_init(&g->from_of, s->arena);
	}
	from = map_put(&g->from_of, &p->to, sizeof(p->to));
	if (!*from)
		*from = bitset_new(s->arena, (uint32_t)s->all->v.n);
	bitset_set(*from, p->from);
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
					add_to_group(s, &p,
					    (enum change_kind)k);
			}
			arena_reset(s->scratch);
		}
	}
}

static struct change *
add_change(struct search *s, const struct group *g, const struct bitset *from)
{
	struct change *x = vec_push(&s->out->v, s->arena);

	*x = (struct change){
	    .kind = g->kind,
	    .from = from,
	    .to = bitset_new(s->arena, (uint32_t)s->all->v.n),
	    .ports = g->ports,
	    .nports = g->nports,
	};
	s->out->count[g->kind]++;
	return x;
}

/* Of a group, those that the same actors connect to are one change. */
static void
add_changes(struct search *s, const struct group *g)
{
	struct map by_from;

	map_init(&by_from, s->scratch);
	for (uint32_t i = 0; i < g->from_of.n; i++) {
		const struct map_entry *e = &g->from_of.entry[i];
		const struct bitset *from = bitset_pack(s->arena, e->value);
		struct str bytes = bitset_bytes(from);
		void **slot = map_put(&by_from, bytes.s, bytes.n);
		uint32_t to;

		memcpy(&to, e->key, sizeof(to));
		if (!*slot) {
			add_change(s, g, from);
			*slot = (void *)(uintptr_t)s->out->v.n;
		}
		bitset_set((struct bitset *)s->out->v.v[(uintptr_t)*slot - 1]
			       .to,
		    to);
	}
	arena_reset(s->scratch);
}

static int
compare_first(const struct bitset *a, const struct bitset *b)
{
	uint32_t i = bitset_next(a, 0), j = bitset_next(b, 0);

	return (i > j) - (i < j);
}

static int
compare_change(const void *pa, const void *pb)
{
	const struct change *a = pa, *b = pb;
	int order = (a->kind > b->kind) - (a->kind < b->kind);

	if (order == 0)
		order = compare_first(a->from, b->from);
	if (order == 0)
		order = compare_first(a->to, b->to);
	if (order == 0)
		order = a->ports[0].proto - b->ports[0].proto;
	if (order == 0)
		order = (a->ports[0].ports.first > b->ports[0].ports.first) -
		    (a->ports[0].ports.first < b->ports[0].ports.first);
	return order;
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

	for (uint32_t i = 0; i < s->groups.n; i++)
		add_changes(s, s->groups.entry[i].value);
	if (out->v.n > 1)
		qsort(out->v.v, out->v.n, sizeof(*out->v.v), compare_change);
	VEC_FOREACH (x, &out->v)
		choose_witness(x);
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

/* Those of people's policies, then all that maps have keys of. */
static void
list_protos(struct search *s)
{
	static const uint8_t common[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP,
	    IPPROTO_ICMP, IPPROTO_ICMPV6};
	bool have[UINT8_MAX + 1] = {0};

	for (size_t i = 0; i < sizeof(common); i++)
		have[common[i]] = true;
	for (int i = 0; i < 2; i++) {
		VEC_FOREACH (d, &s->all->side[i].pmaps->directions) {
			for (uint32_t k = 0; k < (*d)->nkeys; k++)
				have[(*d)->keys[k].proto] = true;
		}
	}
	for (unsigned p = 1; p <= UINT8_MAX; p++) {
		if (have[p])
			*vec_push(&s->out->protos, s->arena) =
			    (struct cell){.proto = (uint8_t)p};
	}
}

/* ---- what else there is to say ---- */

static bool
denies_by_default(const struct flow_end *e, enum direction dir)
{
	const struct pmap_direction *d = direction_of(e, dir);

	return d->enforced && (d->default_deny || d->forced);
}

/* Whether both sides surely say whether X is denied by default in DIR. */
static bool
is_certain(const struct search *s, const struct actor *x, enum direction dir)
{
	return !actor_uncertain(s->all, x, 0, dir) &&
	    !actor_uncertain(s->all, x, 1, dir);
}

static void
list_isolation(struct search *s)
{
	for (size_t i = 0; i < 2 * (size_t)s->all->nsubjects; i++) {
		const struct actor *x = &s->all->v.v[i / 2];
		enum direction dir = (enum direction)(i % 2);
		bool after = denies_by_default(&x->side[1], dir);

		if (after != denies_by_default(&x->side[0], dir) &&
		    is_certain(s, x, dir))
			*vec_push(&s->out->isolation, s->arena) =
			    (struct change_isolation){(uint32_t)(i / 2), dir,
				after};
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
	map_init(&s.groups, a);
	s.to_of = ARENA_ARRAY(a, struct bitset *, n);
	s.idle = ARENA_ARRAY(a, struct change_idle, 2 * n);
	s.has_idle = ARENA_ARRAY(a, bool, 2 * n);
	s.has_effect = ARENA_ARRAY(a, bool, 2 * n);
	list_protos(&s);
	list_pairs(&s);
	judge_pairs(&s);
	put_together(&s);
	list_isolation(&s);
	list_idle(&s);
	unseen_find(ret, a, scratch);
}
