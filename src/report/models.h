/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where the two models of precedence part, for `cnpc diff --models`.
 *
 * The JSON document; every member is always there unless marked with ?:
 *
 *     {models: ["clusterwide", "cilium"],
 *      differences: [{clusterwide_rule: RULE, namespace_rule: RULE,
 *                     witness: {subject: "ns/name", direction, peer: {identity,
 *                               labels: [text]}, protocol, port,
 *                               clusterwide: RESULT, cilium: RESULT}}],
 *      conflicts: [{subject: "ns/name", direction, error}]}
 *     RULE   {kind, namespace, name, verdict: allow|deny, file, line, column}
 *     RESULT {verdict: allow|redirect|deny|drop|auth, drop_reason?: code,
 *             proxy?: text}
 */

#include "base/buf.h"
#include "base/json.h"
#include "diag/source.h"
#include "lint/models.h"

void models_put_text(struct buf *out, struct arena *a, struct source_set *set,
    const struct pmaps *m, const struct model_differences *d);
void models_put_json(struct json *out, struct arena *a, struct source_set *set,
    const struct pmaps *m, const struct model_differences *d);
