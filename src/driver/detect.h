/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which Cilium the inputs themselves say that the cluster runs: the image of
 * the agent in its DaemonSet or pods, a HelmRelease or OCIRepository of its
 * chart, the values of that chart.
 */

#include "diag/diag.h"
#include "schema/schema.h"

/*
 * The version that ITEMS name, with a note where; 0 where they name none, or
 * several.  What is not modelled is reported and counts as none.
 */
unsigned detect_cilium(struct diag_sink *sink, struct arena *scratch,
    const struct schema_items *items);
