/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The precedence model that a result was computed by: every report names it.
 */

#include "ir/ir.h"

/* As --precedence takes it: "clusterwide". */
const char *model_name(enum ir_model model);

/* "clusterwide (cluster-wide rules decide first; ...)", for people. */
const char *model_text(enum ir_model model);

/* "clusterwide", "namespace", ...: a tier's name under the model. */
const char *model_tier_name(enum ir_model model, enum ir_tier tier);
