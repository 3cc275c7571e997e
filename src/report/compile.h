/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What `cnpc compile` wrote, in a few lines, and how many objects of the input
 * were SKIPPED because cnpc does not read their kind.
 */

#include "base/buf.h"
#include "bundle/write.h"
#include "ir/ir.h"

void compile_summary(struct buf *out, const char *dir, enum ir_model model,
    const struct bundle_summary *s, uint32_t skipped);
