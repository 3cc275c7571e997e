/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Diagnostics as text, JSON or SARIF.  Text is gcc-like:
 *
 *     shop.yaml:12:5: warning: unknown field "fromEndpoint" ... [CNP101]
 *        12 |   - fromEndpoint:
 *           |     ^~~~~~~~~~~~
 *     shop.yaml:3:1: note: ...
 *
 * Tabs come out as spaces, other control bytes escaped; a long line is cut
 * around the mark; of a longer span the first line is marked.  What has no
 * place is told by "cnpc".
 *
 * Each function sorts the sink first.
 */

#include "base/buf.h"
#include "base/json.h"
#include "diag/diag.h"

void diag_render_text(struct buf *out, struct source_set *set,
    struct diag_sink *sink, bool color);

/*
 * An array of {id, name, level, text, file, line, column, endLine, endColumn,
 * notes: [{text, file, line, column}]}.  endColumn is that of the first
 * character after it; what has no place lacks file and the numbers.
 */
void diag_render_json(struct json *out, struct source_set *set,
    struct diag_sink *sink);

/* A whole SARIF 2.1.0 document, with the rules that it needs. */
void diag_render_sarif(struct json *out, struct source_set *set,
    struct diag_sink *sink);

/* The long text of one diagnostic, for `cnpc explain`. */
void diag_render_explain(struct buf *out, const struct diag_info *info);
