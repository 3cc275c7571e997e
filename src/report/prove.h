/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What `cnpc prove` found: counterexamples, what was tried, and what was not.
 */

#include "base/json.h"
#include "diag/source.h"
#include "prove/prove.h"

struct prove_report {
	struct arena *arena;
	struct source_set *sources; /* of the rules */
	const struct world *world;
	const struct proof *proof;
};

void prove_put_text(struct buf *out, const struct prove_report *r);

/* A document "cnpc-proof". */
void prove_put_json(struct json *out, const struct prove_report *r);
