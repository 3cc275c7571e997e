/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Ingresses of Cilium's own controller whose pods do not admit it.
 */

#include "pmap/pmap.h"
#include "schema/object.h"

void lint_check_ingresses(struct diag_sink *sink, struct arena *scratch,
    const struct pmaps *m, const struct object_list *objects);
