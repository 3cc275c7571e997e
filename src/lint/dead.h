/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Rules that could go without any connection noticing.
 */

#include "pmap/pmap.h"

/* Tells of those in sources of SET that are told of; ASKED as in
 * lint_select(). */
void lint_check_dead_rules(struct diag_sink *sink, struct arena *scratch,
    const struct pmaps *m, const struct source_set *set, bool asked);
