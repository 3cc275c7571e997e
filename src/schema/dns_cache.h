/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What `cilium-dbg fqdn cache list -o json` prints, a list of lookups, taken
 * as the FQDNCache that says the same.  Private to schema/.
 */

#include "diag/diag.h"
#include "yaml/ytree.h"

/* Whether a document is such a list: its first item tells. */
bool dns_cache_recognised(const struct ynode *doc);

/*
 * The FQDNCache, in A: each name with the addresses of all its lookups, which
 * keep their spans.  Items that are no lookups are reported and left out.  An
 * entry counts whether it has expired or not: only the agent knows the time.
 */
const struct ynode *dns_cache_of(struct arena *a, struct diag_sink *sink,
    const struct ynode *doc);
