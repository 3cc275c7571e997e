/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the inputs mean in some patches only of the version that is modelled:
 * the places that lowering noted (ir.h), and selectors of labels that belong to
 * identities in some patches.  Source: semantics.md 14.2.
 */

#include "ir/ir.h"

void lint_check_patches(struct diag_sink *sink, struct arena *scratch,
    const struct ir *ir);
