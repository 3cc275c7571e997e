/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is loaded, for people and for programs.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "kernel/deploy.h"

void status_put_text(struct buf *out, struct arena *a,
    const struct deploy_status *s);

/* A document "cnpc-status". */
void status_put_json(struct buf *out, const struct deploy_status *s);
