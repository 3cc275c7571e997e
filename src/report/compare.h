/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What `cnpc compare` found, for people and for programs.
 */

#include "base/buf.h"
#include "base/json.h"
#include "node/compare.h"

/* ALL: every entry, not only the first ones of each map. */
void compare_put_text(struct buf *out, struct arena *a,
    const struct comparison *c, bool all);

void compare_put_json(struct json *j, struct arena *a,
    const struct comparison *c);
