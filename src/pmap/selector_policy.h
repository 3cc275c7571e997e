/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Gathers the selector policies of a direction: what its filters let pass at
 * the ports that a proxy reads.  Which ports these are is known at the end
 * only, so policies are noted first, and their rules read when they turn out to
 * be needed.  Private to pmap/.
 */

#include "pmap/filter.h"

struct selector_policies;

/*
 * DEFAULT_ALLOW: no rule switches the direction to default deny, so that
 * requests are watched but all let pass (semantics.md 9.3).
 */
struct selector_policies *selector_policies_new(struct arena *scratch,
    bool default_allow);

/*
 * A selector policy but for its rules and names, which selector_policies_add()
 * takes from a port of each rule that it is merged from.
 */
void selector_policies_begin(struct selector_policies *all,
    const struct pmap_selector_policy *p);
void selector_policies_add(struct selector_policies *all,
    const struct ir_rule *rule, const struct ir_port *port);

/* Adds the selector policies on redirected ports to OUT, in A. */
void selector_policies_finish(struct selector_policies *all, struct arena *a,
    struct filter_output *out);
