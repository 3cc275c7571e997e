/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pairs of one kind on the same ports are a group.  In it, those that the same
 * actors connect to are one set.
 */
#include "change/pairs.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

struct group {
	uint32_t kind;
	const struct cell *ports;
	uint32_t nports;
	struct map from_of; /* actor that is connected to -> bitset of actors */
};

void
pairs_init(struct pairs *p, struct arena *a, struct arena *scratch,
    const struct actors *all, const cell_vec *protos)
{
	*p = (struct pairs){a, scratch, all, protos, {0}};
	map_init(&p->groups, a);
}

void
pairs_list_protos(cell_vec *ret, const struct actors *all)
{
	static const uint8_t common[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP,
	    IPPROTO_ICMP, IPPROTO_ICMPV6};
	bool have[UINT8_MAX + 1] = {0};

	for (size_t i = 0; i < sizeof(common); i++)
		have[common[i]] = true;
	for (int i = 0; i < 2; i++) {
		VEC_FOREACH (d, &all->side[i].pmaps->directions) {
			for (uint32_t k = 0; k < (*d)->nkeys; k++)
				have[(*d)->keys[k].proto] = true;
		}
	}
	for (unsigned p = 1; p <= UINT8_MAX; p++) {
		if (have[p])
			*vec_push(ret, all->arena) =
			    (struct cell){.proto = (uint8_t)p};
	}
}

const struct pmap_direction *
pairs_direction(const struct flow_end *e, enum direction dir)
{
	static const struct pmap_direction nothing;

	return e->class && !e->class->error ? e->class->direction[dir]
					    : &nothing;
}

/* Cuts cells where the policies of an end on two sides do. */
static void
cut(cell_vec *cells, const struct pairs *p, const struct flow_end *a,
    const struct flow_end *b, enum direction dir)
{
	const struct comparison c = {
	    .direction = {pairs_direction(a, dir), pairs_direction(b, dir)}};
	cell_vec edges = {0};

	VEC_FOREACH (x, cells) {
		if (!x->others)
			*vec_push(&edges, p->scratch) = *x;
	}
	*cells = (cell_vec){0};
	compare_list_cells(cells, p->scratch, &c, &edges);
}

void
pairs_list_cells(cell_vec *ret, const struct pairs *p, uint32_t from,
    uint32_t to)
{
	const struct flow_end *source = p->all->v.v[from].side;
	const struct flow_end *target = p->all->v.v[to].side;
	cell_vec edges = {0};

	VEC_FOREACH (c, p->protos)
		*vec_push(&edges, p->scratch) = *c;
	*vec_push(&edges, p->scratch) = (struct cell){.proto = IPPROTO_ICMPV6,
	    .ports = {NEIGHBOUR_SOLICITATION, NEIGHBOUR_SOLICITATION + 1}};
	for (uint32_t s = 0; s < p->all->nsides; s += 2) {
		uint32_t other = s + 1 < p->all->nsides ? s + 1 : s;

		cut(&edges, p, &target[s], &target[other], DIR_INGRESS);
		cut(&edges, p, &source[s], &source[other], DIR_EGRESS);
	}
	*ret = edges;
}

void
pairs_add_cell(cell_vec *ports, struct arena *a, const struct cell *cell)
{
	struct cell *last = ports->n > 0 ? &ports->v[ports->n - 1] : NULL;

	if (last && last->proto == cell->proto &&
	    last->ports.end == cell->ports.first)
		last->ports.end = cell->ports.end;
	else
		*vec_push(ports, a) = *cell;
}

/* What tells groups apart. */
static struct str
group_key(struct arena *a, uint32_t kind, const cell_vec *ports)
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

void
pairs_add(struct pairs *p, uint32_t kind, uint32_t from, uint32_t to,
    const cell_vec *ports)
{
	struct str key = group_key(p->scratch, kind, ports);
	void **slot = map_put(&p->groups, key.s, key.n), **set;
	struct group *g = *slot;

	if (!g) {
		*slot = g = ARENA_NEW(p->arena, struct group);
		g->kind = kind;
		g->ports = memcpy(ARENA_ARRAY(p->arena, struct cell, ports->n),
		    ports->v, ports->n * sizeof(*ports->v));
		g->nports = (uint32_t)ports->n;
		map_init(&g->from_of, p->arena);
	}
	set = map_put(&g->from_of, &to, sizeof(to));
	if (!*set)
		*set = bitset_new(p->arena, (uint32_t)p->all->v.n);
	bitset_set(*set, from);
}

static void
add_sets(pair_set_vec *ret, const struct pairs *p, const struct group *g)
{
	struct map by_from;

	map_init(&by_from, p->scratch);
	for (uint32_t i = 0; i < g->from_of.n; i++) {
		const struct map_entry *e = &g->from_of.entry[i];
		const struct bitset *from = bitset_pack(p->arena, e->value);
		struct str bytes = bitset_bytes(from);
		void **slot = map_put(&by_from, bytes.s, bytes.n);
		uint32_t to;

		memcpy(&to, e->key, sizeof(to));
		if (!*slot) {
			*vec_push(ret, p->arena) = (struct pair_set){g->kind,
			    bitset_new(p->arena, (uint32_t)p->all->v.n), from,
			    g->ports, g->nports};
			*slot = (void *)(uintptr_t)ret->n;
		}
		bitset_set(ret->v[(uintptr_t)*slot - 1].to, to);
	}
}

static int
compare_first(const struct bitset *a, const struct bitset *b)
{
	uint32_t i = bitset_next(a, 0), j = bitset_next(b, 0);

	return (i > j) - (i < j);
}

static int
compare_set(const void *pa, const void *pb)
{
	const struct pair_set *a = pa, *b = pb;
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

void
pairs_put_together(pair_set_vec *ret, struct pairs *p)
{
	for (uint32_t i = 0; i < p->groups.n; i++)
		add_sets(ret, p, p->groups.entry[i].value);
	if (ret->n > 1)
		qsort(ret->v, ret->n, sizeof(*ret->v), compare_set);
}
