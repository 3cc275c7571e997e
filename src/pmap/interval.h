/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Intervals of ports, and lists of them.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"

#define PORT_VALUES (UINT16_MAX + 1)

/* Ports from FIRST to before END. */
struct interval {
	uint32_t first, end;
};

typedef VEC(struct interval) interval_vec;

/* What a port and an endPort mean together; no endPort is 0. */
struct interval interval_of_ports(uint16_t port, uint16_t end);

/* By FIRST. */
int interval_compare(const void *a, const void *b);

/* Sorts a list and joins what overlaps or touches. */
void intervals_join(interval_vec *list);

/* Whether X meets one of a joined list. */
bool intervals_meet(const interval_vec *list, struct interval x);
