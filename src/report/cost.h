/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What policy maps cost, for `cnpc cost`.
 *
 * The JSON document; every member is always there unless marked with ?:
 *
 *     {format: "cnpc-cost", version: 1, room, budget,
 *      over: how many maps have more entries than the budget,
 *      maps: [{endpoint: "ns/name", endpoints, ingress, egress, entries}],
 *      rules: [{kind, namespace, name, file?, line?, verdict, direction,
 *               entries, endpoint: "ns/name", endpoints, peers, keys}]}
 */

#include "base/buf.h"
#include "base/json.h"
#include "diag/source.h"
#include "pmap/cost.h"

struct cost_report {
	struct costs costs;
	uint64_t room;   /* entries that a map has room for */
	uint64_t budget; /* entries that one may have */
	uint64_t shown;  /* rows of a table; 0: all */
};

/* How many maps are over the budget. */
size_t cost_over(const struct cost_report *r);

void cost_put_text(struct buf *out, struct arena *a, struct source_set *set,
    const struct cost_report *r);
void cost_put_json(struct json *out, struct arena *a, struct source_set *set,
    const struct cost_report *r);
