/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether there is room for what was computed.
 */

#include "diag/diag.h"
#include "admit/platform.h"
#include "pmap/pmap.h"

/*
 * Reports policy maps with more entries than ROOM, each at the rule that most
 * of them come from.
 */
void lint_check_map_size(struct diag_sink *sink, struct arena *scratch,
    const struct pmaps *m, uint32_t room);

/*
 * Reports each policy map with more entries than LIMITS allow, at the first
 * endpoint that has it, and too many identities of pods.
 */
void lint_check_limits(struct diag_sink *sink, const struct pmaps *m,
    const char *platform, const struct platform_limits *limits);
