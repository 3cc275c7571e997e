/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Selectors that are meant to exclude somebody and do not (semantics.md 5.6).
 */

#include "diag/diag.h"
#include "ident/world.h"

/* Reports each of them where a rule has it. */
void lint_check_exclusions(struct diag_sink *sink, const struct world *w);
