/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Findings that the inputs themselves say are meant:
 *
 *     # cnpc: ignore=NAME,NAME reason        on the line, or on one above it
 *     # cnpc: ignore-file=NAME reason        anywhere in the file
 *     cnpc.io/ignore: NAME reason            annotation of the object
 *
 * A NAME is one of lint/choice.h.
 */

#include "driver/unit.h"
#include "lint/choice.h"

/*
 * Takes out of U's findings what is ignored, and adds one for each NAME that
 * nothing has, or that has ignored nothing although ROWS have it on.  Requires
 * unit_locate().
 */
void unit_suppress(struct unit *u, const struct lint_rows *rows);
