/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Things to know about an answer of `cnpc trace`, each a sentence.
 */

#include "flow/trace.h"

struct trace_notes {
	VEC(const char *) v;
};

void trace_collect_notes(struct trace_notes *ret_notes, struct arena *a,
    const struct trace *t);
