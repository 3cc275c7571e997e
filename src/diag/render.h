/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Diagnostics as text, JSON or SARIF, and in the forms of services that run
 * checks.  Text is gcc-like:
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
 * A document "cnpc-findings": findings with id, name, family, level, text,
 * file, line, column, endLine, endColumn, object, path, fingerprint and notes.
 * endColumn is that of the first character after it; what has no place lacks
 * file and the numbers, and what is in no object lacks that and the path.
 * Sinks are put into it between its begin and its end; FAILURE, if any, says
 * what the system refused.
 */
void diag_json_begin(struct json *out);
void diag_json_put(struct json *out, struct source_set *set,
    struct diag_sink *sink);
void diag_json_end(struct json *out, const char *failure);

/* That document with what SINK has. */
void diag_render_json(struct json *out, struct source_set *set,
    struct diag_sink *sink);

/*
 * A document "cnpc-baseline": of each finding the fingerprint, on a line of its
 * own, and what tells people which one it is.
 */
#define BASELINE_FORMAT "cnpc-baseline"
#define BASELINE_VERSION 1
void diag_render_baseline(struct json *out, struct source_set *set,
    struct diag_sink *sink);

/* The same findings, one a line. */
void diag_render_jsonl(struct buf *out, struct source_set *set,
    struct diag_sink *sink);

/*
 * A whole SARIF 2.1.0 document, with the rules that it needs.  VERSION is that
 * of cnpc.
 */
void diag_render_sarif(struct json *out, struct source_set *set,
    struct diag_sink *sink, const char *version);

/*
 * Annotations, one a line: the workflow commands of GitHub, and the logging
 * commands of Azure Pipelines, which know no level below a warning.
 */
void diag_render_github(struct buf *out, struct source_set *set,
    struct diag_sink *sink);
void diag_render_azure(struct buf *out, struct source_set *set,
    struct diag_sink *sink);

/* GitLab's code quality: an array, with fingerprints that no line is in. */
void diag_render_gitlab(struct json *out, struct source_set *set,
    struct diag_sink *sink);

/* XML documents.  In JUnit's each finding is a test that failed. */
void diag_render_checkstyle(struct buf *out, struct source_set *set,
    struct diag_sink *sink);
void diag_render_junit(struct buf *out, struct source_set *set,
    struct diag_sink *sink);

/* TEXT in lines, and a newline at its end. */
void diag_put_wrapped(struct buf *out, const char *text);

/* The long text of one diagnostic, for `cnpc explain`. */
void diag_render_explain(struct buf *out, const struct diag_info *info);
