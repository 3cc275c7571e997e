/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Ports that no packet has where the policy looks at it.
 */

#include "pmap/pmap.h"
#include "schema/object.h"

/* Names that no container of the other end, or of the pod, has. */
void lint_check_port_names(struct diag_sink *sink, struct arena *scratch,
    const struct pmaps *m);

/* Ports of Services and of nodes where the container's counts. */
void lint_check_service_ports(struct diag_sink *sink, struct arena *scratch,
    const struct world *w, const struct object_list *objects);
