/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Policies that a cluster has and that are not known in full: one with
 * variables, or with what is not modelled, or with the name of a port of a pod
 * that is assumed.  Who may be its subject may have another verdict than the
 * maps say.
 */

#include "flow/trace.h"

/*
 * The first policy among OBJECTS that may decide otherwise at the end E, which
 * was asked about DIR and says J; NULL when there is none.
 */
const struct object *uncertain_policy(const struct pmaps *m,
    const struct object_list *objects, const struct trace_end *e,
    enum direction dir, const struct judged_end *j);
