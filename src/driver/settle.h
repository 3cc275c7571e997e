/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * From all that the passes found to what is told of the inputs.
 */

#include "driver/unit.h"
#include "lint/choice.h"

/* The passes that make what is told. */
#define FINDING_PASSES (PASS_BIT(LINT) | PASS_BIT(DEAD_RULES))

/*
 * Leaves of U's findings those about what is asked about that are not ignored,
 * not turned off by ROWS and, where BASELINE is no NULL, not in that file; they
 * are sorted and know their objects.  Returns how many the baseline had.
 */
size_t unit_settle(struct unit *u, const struct lint_rows *rows,
    const char *baseline);
