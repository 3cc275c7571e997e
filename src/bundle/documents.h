/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * identities.json, endpoints.json and rules.json of a bundle; cnpc-image(5)
 * describes them.
 */

#include "base/arena.h"
#include "base/str.h"
#include "bundle/l7.h"
#include "bundle/policies.h"
#include "pmap/pmap.h"

struct str identities_json(struct arena *a, const struct world *w);

/* The rules of IR by number, those of a policy together. */
struct str rules_json(struct arena *a, struct source_set *sources,
    const struct ir *ir);

struct str endpoints_json(struct arena *a, const struct pmaps *m,
    const struct policies *policies, const struct l7 *l7);
