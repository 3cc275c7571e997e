/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Findings that were there when a repository began to be linted: a document
 * "cnpc-baseline", which diag_render_baseline() writes.
 */

#include "driver/unit.h"

/*
 * Takes out of U's findings those whose fingerprints are in the baseline PATH,
 * and returns how many these are.  What is wrong with the file is reported, and
 * then nothing is taken out.  Requires unit_locate().
 */
size_t unit_baseline(struct unit *u, const char *path);
