/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Pods and nodes that policies do more to than is meant, or nothing at all.
 */

#include "pmap/pmap.h"

/* Pods that a label switches policy off for. */
void lint_check_unenforced(struct diag_sink *sink, const struct world *w);

/* Nodes that host policies cut off from each other. */
void lint_check_nodes(struct diag_sink *sink, struct arena *scratch,
    const struct pmaps *m);

/* Small permissions that put the whole cluster into default deny. */
void lint_check_isolated(struct diag_sink *sink, struct arena *scratch,
    const struct pmaps *m);
