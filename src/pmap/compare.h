/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The packets that two directions treat differently, whatever these come from:
 * another model of precedence, another set of policies, one rule less.
 *
 * Both are of one world, so that peers have the same numbers in both.  Nothing
 * is changed and nothing reported; results are in the given arena.
 */

#include "pmap/interval.h"
#include "pmap/pmap.h"

struct comparison {
	const struct pmap_direction *direction[2];
	const redirect_vec *redirects[2]; /* that the values' numbers mean */
	const struct bitset *peers;       /* all who have packets */
};

/*
 * Packets that no lookup tells apart but by their peer: of a protocol, to the
 * ports from FIRST to before END, which for ICMP are types.
 */
struct cell {
	uint8_t proto;
	bool others; /* PROTO is one of many that no key and no edge is of, and
		      * what holds for it holds for all of them */
	struct interval ports;
};

typedef VEC(struct cell) cell_vec;

/* A cell, or a part of one, where the two do different things. */
struct difference {
	struct cell cell;
	const struct bitset *peers;
	struct pmap_result result[2]; /* of one of the peers; the others' may
				       * come from other entries */
};

typedef VEC(struct difference) difference_vec;

/*
 * The cells of every protocol, by protocol and port, in A.  No cell lies on
 * both sides of an end of the cells EDGES.
 */
void compare_list_cells(cell_vec *ret, struct arena *a,
    const struct comparison *c, const cell_vec *edges);

/*
 * Adds the differences in CELL to RET, in A: those of the peers AMONG.  A peer
 * is in one of them at most.
 */
void compare_cell(difference_vec *ret, struct arena *a,
    const struct comparison *c, const struct cell *cell,
    const struct bitset *among);

/* Adds every difference to RET, in A: by cell. */
void compare_directions(difference_vec *ret, struct arena *a,
    const struct comparison *c);

/* Whether different things are done to a packet that has these results. */
bool compare_results_differ(const struct comparison *c,
    const struct pmap_result result[2]);
