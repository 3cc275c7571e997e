/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where the two models of precedence part: a cluster-wide allow that stands
 * above a namespace's deny here, while an unmodified agent lets the deny win
 * (architecture 2).
 */

#include "diag/diag.h"
#include "pmap/pmap.h"

/*
 * Under the clusterwide model, warns of every cluster-wide allow that some
 * deny of a namespace contradicts for some subject, peer and port, and names
 * the first few denies.  Both maps are computed and asked, so there is no
 * false one.  Does nothing under the cilium model.
 */
void pmap_warn_divergence(struct diag_sink *sink, struct pmaps *m,
    struct arena *scratch);
