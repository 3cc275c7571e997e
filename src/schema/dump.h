/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Decoded objects as text, for --dump=ast.
 */

#include "base/buf.h"
#include "diag/source.h"
#include "schema/object.h"

/* Indented, with the line and column of each value. */
void object_dump(struct buf *out, struct source_set *set,
    const struct object *o);
