/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The answer of `cnpc trace`, for people.
 */

#include "base/buf.h"
#include "flow/trace.h"

void trace_put_text(struct buf *out, struct arena *a, struct source_set *set,
    const struct trace *t, bool color);
