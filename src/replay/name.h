/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Names of identities.  Private to replay/.
 */

#include "base/map.h"
#include "ident/world.h"

struct replay_who {
	/* "shop/app=web" where no other identity is called so, else as
	 * identity_print() has it. */
	struct str name;
	struct str ns; /* of pods; others: "world", "host" */
	/* "shop/web" if all endpoints are of one workload, else the name */
	struct str workload;
};

struct replay_names {
	struct arena *arena;
	const struct world *world;
	struct replay_who *of_ident; /* [ident index] */
};

/* An end that is known by a text alone. */
struct replay_who replay_who_text(struct str text, struct str ns);

void replay_names_init(struct replay_names *n, struct arena *a,
    const struct world *w);
