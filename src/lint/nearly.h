/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Selectors that nobody meets and somebody nearly does: all labels but one,
 * which has another spelling, or whose value is under another key.
 */

#include "pmap/pmap.h"

void lint_check_nearly(struct diag_sink *sink, struct arena *scratch,
    const struct world *w);
