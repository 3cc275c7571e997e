/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Gathering the grants of a side: what its filters let pass at the ports that
 * a proxy reads.  Which ports these are is known at the end only, so grants
 * are noted first, and their rules read when they turn out to be needed.
 * Private to pmap/.
 */

#include "pmap/filter.h"

struct grants;

/*
 * DEFAULT_ALLOW: no rule switches the side to default deny, so that requests
 * are watched but all let pass (semantics.md 9.3).
 */
struct grants *grants_new(struct arena *scratch, bool default_allow);

/* A grant but for its rules and names, which grants_add() takes from a port
 * of each rule that it is merged from. */
void grants_begin(struct grants *gs, const struct pmap_grant *g);
void grants_add(struct grants *gs, const struct ir_rule *rule,
    const struct ir_port *port);

/* Puts the grants on redirected ports into OUT, in A. */
void grants_finish(struct grants *gs, struct arena *a,
    struct filter_output *out);
