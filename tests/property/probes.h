/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The packets that a world is asked about, but for their peers: the edges of
 * what is written, and what is not written.
 */

#include "driver/unit.h"
#include "pmap/compare.h"

struct probe {
	uint8_t proto;
	uint16_t port;
};

typedef VEC(struct probe) probe_vec;

/* Whether one of the N cells has the packet; of protocols that are not in
 * PROTOS they speak together. */
bool probe_is_in(const struct probe *q, const struct cell *cells, uint32_t n,
    const cell_vec *protos);

/* Whether A and B decide otherwise; X and Y say what their redirects are. */
bool probe_results_differ(const redirect_vec *x, const struct pmap_result *a,
    const redirect_vec *y, const struct pmap_result *b);

/* Adds a packet, unless it is there or there is no such port. */
void probe_add(probe_vec *probes, struct arena *a, uint8_t proto,
    uint32_t port);

/* Adds both ends of the ports of every rule, and the port after each. */
void probes_of_rules(probe_vec *probes, struct arena *a, const struct unit *u);
