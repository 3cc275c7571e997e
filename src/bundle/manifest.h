/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * manifest.json of a bundle: what it was made from, what is in it, and what the
 * kernel's verifier said of its programs.  cnpc-image(5) describes it.
 */

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "bundle/policies.h"
#include "bundle/write.h"
#include "yaml/ytree.h"

/* OUTPUTS are the other files of the bundle. */
struct str manifest_json(struct arena *a, const struct bundle_options *opt,
    const struct pmaps *m, const struct policies *policies,
    const bundle_file_vec *outputs);

/* Prints what the verifier said of the I-th policy's program. */
typedef void manifest_result(struct json *j, const void *arg, size_t i);

/* The result of a bundle that was not verified: a manifest_result. */
void manifest_not_run(struct json *j, const void *arg, size_t i);

/*
 * Prints MANIFEST, an object that was read, as manifest_json() does: a manifest
 * of ours comes out as it was.  Results are PUT's, or, when that is NULL, those
 * that are there.
 */
struct str manifest_print(struct arena *a, const struct ynode *manifest,
    manifest_result *put, const void *arg);
