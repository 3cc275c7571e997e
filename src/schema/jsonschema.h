/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The kinds that cnpc reads, as JSON Schema (draft 2020-12).
 */

#include "base/json.h"
#include "base/str.h"

/*
 * The schema of a kind as a version of Cilium has it; false: it has no such
 * kind.  KIND is the Kubernetes name of the kind, in any case.
 */
bool schema_json(struct json *out, struct str kind, unsigned cilium);

/*
 * The name of the I-th kind that is read; NULL after the last.  A kind of
 * several apiVersions comes more than once, in a row.
 */
const char *schema_kind_name(size_t i);
