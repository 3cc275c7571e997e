/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Policies for pods of namespaces in which a platform enforces none.
 * Source: semantics.md 17.
 */

#include "admit/platform.h"
#include "pmap/pmap.h"

/* Reports each policy that selects such a pod, once. */
void lint_check_mtls(struct diag_sink *sink, const struct pmaps *m,
    enum platform p);
