/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Rules for what lies outside the cluster that are meant for what lies in it.
 */

#include "pmap/pmap.h"
#include "schema/object.h"

/* CIDR rules around pods, a node or a Service. */
void lint_check_cidrs(struct diag_sink *sink, struct arena *scratch,
    const struct world *w, const struct object_list *objects);

/* The API server by its Service's port. */
void lint_check_api_server(struct diag_sink *sink, struct arena *scratch,
    const struct ir *ir);
