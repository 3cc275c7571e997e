/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the agent refuses of the objects that the API server takes.
 */

#include "base/work.h"
#include "ir/ir.h"

/*
 * The agent's own checks (semantics.md 2): sets the status of each policy
 * object that Cilium would refuse to OBJECT_REJECTED_SANITIZE, of each one
 * with parts that are not modelled to OBJECT_UNSUPPORTED, of each one that no
 * agent reads to OBJECT_UNREAD, and reports every finding, which lives as long
 * as POOL.  Objects already rejected are left alone.
 */
void admit_policies(struct pool *pool, struct arena *scratch,
    struct diag_sink *sink, const struct ir_options *opt,
    struct object_list *objects);
