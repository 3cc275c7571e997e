/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * manifest.json of a bundle: what it was made from, what is in it, and what the
 * kernel's verifier said of its programs.  cnpc-image(5) describes it.
 */

#include "base/arena.h"
#include "base/str.h"
#include "bundle/policies.h"
#include "bundle/write.h"

/* OUTPUTS are the other files of the bundle. */
struct str manifest_json(struct arena *a, const struct bundle_options *opt,
    const struct pmaps *m, const struct policies *policies,
    const bundle_file_vec *outputs);
