/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Limits on requests that another rule lifts.
 */

#include "pmap/pmap.h"

void lint_check_requests(struct diag_sink *sink, struct arena *scratch,
    const struct pmaps *m);
