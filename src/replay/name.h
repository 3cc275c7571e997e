/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Short names of identities: "shop/app=web" where no other identity is called
 * so, else as identity_print() has it.  Private to replay/.
 */

#include "base/map.h"
#include "ident/world.h"

struct replay_names {
	struct arena *arena;
	const struct world *world;
	struct str *of_ident; /* [ident index] */
};

void replay_names_init(struct replay_names *n, struct arena *a,
    const struct world *w);
