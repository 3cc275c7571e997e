/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Findings for `cnpc lint`: which ones it shows, and what they amount to.
 */

#include "base/buf.h"
#include "diag/diag.h"

/*
 * Leaves the findings that are about the inputs themselves: those in
 * --cluster sources are taken out, unless such a source could not be read.
 */
void lint_select(struct diag_sink *sink, const struct source_set *set);

/* Whether some input could not be read, so that findings may be missing. */
bool lint_unread(const struct diag_sink *sink);

/* "3 errors and 1 warning in 12 files". */
void lint_summary(struct buf *out, const struct source_set *set,
    const struct diag_sink *sink);
