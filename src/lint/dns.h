/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Names: whether pods can ask for them, and whether the agent sees the answers.
 */

#include "pmap/pmap.h"
#include "schema/object.h"

/*
 * Pods whose toFQDNs never get an address, and pods that have lost DNS where
 * others of their namespace have it.
 */
void lint_check_dns(struct diag_sink *sink, struct arena *scratch,
    const struct pmaps *m, const struct object_list *objects);

/* CIDR rules to the DNS cache of the pod's own node. */
void lint_check_node_dns(struct diag_sink *sink, struct arena *scratch,
    const struct ir *ir);
