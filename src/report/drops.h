/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What became of recorded connections, for people and programs.  Summaries are
 * sorted (summary_sort()).
 */

#include "base/json.h"
#include "diag/diag.h"
#include "replay/summary.h"
#include "report/drops_groups.h"

/* One line: what a line of a recording is. */
void drops_put_line(struct json *out, struct source_set *sources,
    const struct replay_result *r, uint64_t number);

/* Everything that was judged, or G in its place; what it comes to. */
void drops_put_text(struct buf *out, struct arena *a, const struct summary *s,
    const struct drops_groups *g);
void drops_put_markdown(struct buf *out, struct arena *a,
    const struct summary *s, const struct drops_groups *g);
void drops_put_csv(struct buf *out, struct arena *a, const struct summary *s,
    const struct drops_groups *g);

/* A document; where there are groups, it has these as well. */
void drops_put_json(struct json *out, const struct summary *s,
    const struct drops_groups *g);

/*
 * A page that needs nothing else (html.h).  SOURCES has the text of the rules;
 * OPT says what was modelled.
 */
void drops_put_html(struct buf *out, struct arena *a, const struct summary *s,
    struct source_set *sources, const struct ir_options *opt);

/* Tells each new drop at the rule that is the cause, in SINK. */
void drops_tell(struct diag_sink *sink, const struct summary *s);

/* The connections of this document alone, or else its groups, a line each. */
void drops_put_jsonl(struct buf *out, const struct summary *s,
    const struct drops_groups *g);
