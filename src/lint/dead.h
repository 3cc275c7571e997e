/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Rules that could go without any connection noticing.
 */

#include "pmap/pmap.h"

void lint_check_dead_rules(struct diag_sink *sink, struct arena *scratch,
    const struct pmaps *m);
