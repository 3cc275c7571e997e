/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * From the ends that a question names to identities.  Private to flow/.
 */

#include "flow/trace.h"

/* Fills t->from, t->to and t->family; false: an error was reported. */
bool resolve_parties(struct trace *t, struct arena *a, struct diag_sink *sink,
    const struct object_list *objects);
