/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directions are compared cell by cell.  A cell lies between two edges of the
 * keys of either direction: inside it no lookup depends on the port.  In a
 * cell, peers that find the same entry are looked up once.
 */
#include "pmap/compare.h"

#include <stdlib.h>

#include "cilium/proto.h"
#include "pmap/key.h"

enum {
	ICMP_TYPES = 256,
};

/* Peers whose packets to a cell are treated alike by one direction. */
struct slice {
	struct bitset *peers;
	struct pmap_result result; /* of the first */
};

typedef VEC(struct slice) slice_vec;
typedef VEC(uint32_t) port_vec;

/* How many values the port of a packet of PROTO can have. */
static uint32_t
port_values(uint8_t proto)
{
	if (proto_has_ports(proto))
		return PORT_VALUES;
	return proto_is_icmp(proto) ? ICMP_TYPES : 1;
}

static int
compare_port(const void *pa, const void *pb)
{
	const uint32_t *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

/* The first ports of the cells of a protocol, sorted, some more than once. */
static void
list_edges(port_vec *ret, struct arena *a, const struct comparison *c,
    const cell_vec *edges, uint8_t proto)
{
	*vec_push(ret, a) = 0;
	for (int side = 0; side < 2; side++) {
		const struct pmap_direction *d = c->direction[side];

		for (uint32_t i = 0; i < d->nkeys; i++) {
			const struct pmap_key *key = &d->keys[i];

			if (key->proto != proto)
				continue;
			*vec_push(ret, a) = key->port;
			*vec_push(ret, a) =
			    key->port + (1u << (16 - key->port_bits));
		}
	}
	VEC_FOREACH (e, edges) {
		if (e->proto != proto)
			continue;
		*vec_push(ret, a) = e->ports.first;
		*vec_push(ret, a) = e->ports.end;
	}
	qsort(ret->v, ret->n, sizeof(*ret->v), compare_port);
}

static void
add_cells(cell_vec *ret, struct arena *a, uint8_t proto, bool others,
    const port_vec *edges)
{
	uint32_t end = port_values(proto);
	struct cell *last = NULL;

	for (size_t i = 0; i < edges->n && edges->v[i] < end; i++) {
		if (last && edges->v[i] == last->ports.first)
			continue;
		if (last)
			last->ports.end = edges->v[i];
		last = vec_push(ret, a);
		*last = (struct cell){proto, others, {edges->v[i], end}};
	}
}

/* Marks the protocols that a key or an edge is of. */
static void
find_protos(bool present[static UINT8_MAX + 1], const struct comparison *c,
    const cell_vec *edges)
{
	for (int side = 0; side < 2; side++) {
		const struct pmap_direction *d = c->direction[side];

		for (uint32_t i = 0; i < d->nkeys; i++)
			present[d->keys[i].proto] = true;
	}
	VEC_FOREACH (e, edges)
		present[e->proto] = true;
}

/* The protocol that is shown for all those that are not PRESENT. */
static uint8_t
choose_other(const bool present[static UINT8_MAX + 1])
{
	static const uint8_t likely[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP,
	    IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_GRE};
	uint8_t proto = UINT8_MAX;

	for (size_t i = 0; i < sizeof(likely); i++) {
		if (!present[likely[i]])
			return likely[i];
	}
	while (proto > 0 && present[proto])
		proto--;
	return proto;
}

void
compare_list_cells(cell_vec *ret, struct arena *a, const struct comparison *c,
    const cell_vec *edges)
{
	bool present[UINT8_MAX + 1] = {0};
	uint8_t other;

	find_protos(present, c, edges);
	other = choose_other(present);
	for (int proto = 1; proto <= UINT8_MAX; proto++) {
		port_vec ports = {0};

		if (!present[proto] && proto != other)
			continue;
		list_edges(&ports, a, c, edges, (uint8_t)proto);
		add_cells(ret, a, (uint8_t)proto, proto == other, &ports);
	}
}

static struct str
redirect_name(const struct comparison *c, int side, const struct pmap_result *r)
{
	return r->value.redirect == 0
	    ? STR("")
	    : c->redirects[side]->v[r->value.redirect].name;
}

bool
compare_results_differ(const struct comparison *c,
    const struct pmap_result result[2])
{
	return result[0].verdict != result[1].verdict ||
	    result[0].auth != result[1].auth ||
	    !str_eq(redirect_name(c, 0, &result[0]),
		redirect_name(c, 1, &result[1]));
}

/* Adds peers that find the same entries, so that one of them tells for all. */
static void
add_slice(slice_vec *slices, struct arena *a, const struct pmap_direction *d,
    const struct cell *cell, struct bitset *peers)
{
	struct pmap_result result =
	    pmap_lookup(d, (ident_idx_t){bitset_next(peers, 0)}, cell->proto,
		(uint16_t)cell->ports.first);

	VEC_FOREACH (x, slices) {
		if (x->result.verdict == result.verdict &&
		    x->result.auth == result.auth &&
		    x->result.value.redirect == result.value.redirect) {
			bitset_or(x->peers, peers);
			return;
		}
	}
	*vec_push(slices, a) = (struct slice){peers, result};
}

/* Splits the peers of one part by the entry that is their own in the cell. */
static void
find_slices_of(slice_vec *slices, struct arena *a,
    const struct pmap_direction *d, const struct cell *cell,
    struct bitset *rest)
{
	for (int bits = 16; bits >= -1; bits--) {
		const struct pmap_key *key = bits < 0
		    ? key_find(d->keys, d->nkeys, 0, 0, 0)
		    : key_find(d->keys, d->nkeys, cell->proto, (uint8_t)bits,
			  (uint16_t)cell->ports.first);

		for (uint32_t i = 0; key && i < key->nentries; i++) {
			const struct bitset *own = key->entries[i].peers;
			struct bitset *peers;

			if (!own || !bitset_intersects(rest, own))
				continue;
			peers = bitset_dup(a, rest);
			bitset_and(peers, own);
			bitset_andnot(rest, peers);
			add_slice(slices, a, d, cell, peers);
		}
	}
	if (!bitset_empty(rest))
		add_slice(slices, a, d, cell, rest);
}

static void
find_slices(slice_vec *slices, struct arena *a, const struct pmap_direction *d,
    const struct cell *cell, const struct bitset *among)
{
	for (uint32_t p = 0; p < d->aggregates->nparts; p++) {
		const struct bitset *member = d->aggregates->member[p];
		struct bitset *rest;

		if (!bitset_intersects(among, member))
			continue;
		rest = bitset_dup(a, among);
		bitset_and(rest, member);
		find_slices_of(slices, a, d, cell, rest);
	}
}

void
compare_cell(difference_vec *ret, struct arena *a, const struct comparison *c,
    const struct cell *cell, const struct bitset *among)
{
	slice_vec slices[2] = {0};

	for (int side = 0; side < 2; side++)
		find_slices(&slices[side], a, c->direction[side], cell, among);
	VEC_FOREACH (x, &slices[0]) {
		VEC_FOREACH (y, &slices[1]) {
			const struct pmap_result result[2] = {x->result,
			    y->result};
			struct bitset *peers;

			if (!compare_results_differ(c, result) ||
			    !bitset_intersects(x->peers, y->peers))
				continue;
			peers = bitset_dup(a, x->peers);
			bitset_and(peers, y->peers);
			*vec_push(ret, a) = (struct difference){*cell, peers,
			    {x->result, y->result}};
		}
	}
}

void
compare_directions(difference_vec *ret, struct arena *a,
    const struct comparison *c)
{
	cell_vec cells = {0};

	compare_list_cells(&cells, a, c, &(cell_vec){0});
	VEC_FOREACH (cell, &cells)
		compare_cell(ret, a, c, cell, c->peers);
}
