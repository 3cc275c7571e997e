/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The rule that nearly allows a connection, in words.
 */

#include "base/json.h"
#include "diag/source.h"
#include "flow/near.h"

/*
 * "the namespace: it means data, the pod is in shop": the condition that fails,
 * safe to show, in A.
 */
const char *near_text(struct arena *a, const struct world *w,
    const struct near_rule *n);

/* What to write instead, "io.kubernetes.pod.namespace: shop"; NULL: it is not
 * clear. */
const char *near_instead(struct arena *a, const struct world *w,
    const struct near_rule *n);

/* "namespace", "label"; where that condition is written. */
const char *near_condition_name(enum near_condition c);
struct span near_at(const struct near_rule *n);

/* The member "near_miss", where there is one. */
void near_json(struct json *j, struct arena *a, struct source_set *set,
    const struct world *w, const struct near_rule *n);
