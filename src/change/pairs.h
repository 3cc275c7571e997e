/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Pairs of actors of which the same is true on some ports, put together: those
 * of a kind, on the same ports, from the same actors are one set.
 *
 *     pairs_init(&p, arena, scratch, &actors, protos);
 *     pairs_list_cells(&cells, &p, from, to);
 *     ... judge each, pairs_add_cell() to the ports of its kind ...
 *     pairs_add(&p, kind, from, to, &ports);
 *     pairs_put_together(&sets, &p);
 *
 * Private to change/.
 */

#include "base/map.h"
#include "change/actors.h"
#include "pmap/compare.h"

/* From each actor of FROM to each of TO, on each of the ports. */
struct pair_set {
	uint32_t kind; /* whatever the caller tells apart */
	struct bitset *to;
	const struct bitset *from;
	const struct cell *ports; /* by protocol and port */
	uint32_t nports;
};

typedef VEC(struct pair_set) pair_set_vec;

struct pairs {
	struct arena *arena, *scratch;
	const struct actors *all;
	const cell_vec *protos; /* told apart */
	struct map groups;      /* kind and ports -> pairs */
};

/* SCRATCH is for each call, but is not reset by any. */
void pairs_init(struct pairs *p, struct arena *a, struct arena *scratch,
    const struct actors *all, const cell_vec *protos);

/* The protocols of people's policies, and all that maps of ALL have keys of. */
void pairs_list_protos(cell_vec *ret, const struct actors *all);

/* A policy of an end; of none, a direction that has no entries. */
const struct pmap_direction *pairs_direction(const struct flow_end *e,
    enum direction dir);

/* Cells in which neither side of either end tells two ports apart. */
void pairs_list_cells(cell_vec *ret, const struct pairs *p, uint32_t from,
    uint32_t to);

/* Adds a cell after those of PORTS, or to the last one, in A. */
void pairs_add_cell(cell_vec *ports, struct arena *a, const struct cell *cell);

void pairs_add(struct pairs *p, uint32_t kind, uint32_t from, uint32_t to,
    const cell_vec *ports);

/* The sets, by kind, then actors, then ports. */
void pairs_put_together(pair_set_vec *ret, struct pairs *p);
