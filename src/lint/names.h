/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What policies name and is not there: CIDR groups, Services.
 */

#include "diag/diag.h"
#include "ir/ir.h"

/* Reports each of them where it is named. */
void lint_check_names(struct diag_sink *sink, const struct ir *ir);
