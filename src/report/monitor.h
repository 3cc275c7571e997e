/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An event as a line, for people and for programs.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "kernel/monitor.h"

void monitor_put_text(struct buf *out, struct arena *a,
    const struct bundle_content *b, const struct monitored *m);

/* A document "cnpc-monitor-line". */
void monitor_put_json(struct buf *out, struct arena *a,
    const struct bundle_content *b, const struct monitored *m);
