/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which prefixes get an identity, and the labels that each origin gives them.
 * Private to ident/.  Source: semantics.md 5.5, 6.1, 6.2, 6.4.
 */

#include "ident/prefix.h"

/* Adds all prefixes of nodes, CIDR groups, policies and DNS names. */
void prefix_fill(struct prefix_table *t, struct diag_sink *sink,
    const struct world *w, const struct object_list *objects);
