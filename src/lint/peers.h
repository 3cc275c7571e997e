/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Selectors that select nobody, or others than meant.
 */

#include "pmap/pmap.h"
#include "schema/object.h"

/* Labels that no identity has, as the label filter drops them. */
void lint_check_dropped_labels(struct diag_sink *sink, struct arena *scratch,
    const struct ir *ir);

/*
 * Peers that select no pod, where pods of another namespace or of the host
 * network have their labels; and empty peers of a namespace that has nobody
 * else.
 */
void lint_check_peers(struct diag_sink *sink, struct arena *scratch,
    const struct world *w, const struct object_list *objects);
