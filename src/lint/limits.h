/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether a platform has room for what was computed.
 */

#include "diag/diag.h"
#include "admit/platform.h"
#include "pmap/pmap.h"

/*
 * Reports each policy map with more entries than LIMITS allow, at the first
 * endpoint that has it, and too many identities of pods.
 */
void lint_check_limits(struct diag_sink *sink, const struct pmaps *m,
    const char *platform, const struct platform_limits *limits);
