/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is loaded, as text.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "kernel/deploy.h"

void status_put_text(struct buf *out, struct arena *a,
    const struct deploy_status *s);
