/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Findings that are not told as they were there before: when a repository began
 * to be linted, in a document "cnpc-baseline", which diag_render_baseline()
 * writes; or with another version of Cilium.
 */

#include "driver/unit.h"

/*
 * Takes out of U's findings those whose fingerprints are in the baseline PATH,
 * and returns how many these are.  What is wrong with the file is reported, and
 * then nothing is taken out.  Requires unit_locate().
 */
size_t unit_baseline(struct unit *u, const char *path);

/*
 * Takes out of U's findings those that BEFORE, another unit of the same inputs,
 * has at the same level, and returns how many these are; *ret_gone: how many
 * BEFORE has that U has not.  Requires unit_locate() of both.
 */
size_t unit_leave_new(struct unit *u, const struct unit *before,
    size_t *ret_gone);
