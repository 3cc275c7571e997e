/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What became of recorded connections, for people and programs.
 */

#include "base/json.h"
#include "diag/diag.h"
#include "replay/summary.h"

/* One line: what a line of a recording is. */
void drops_put_line(struct json *out, struct source_set *sources,
    const struct replay_result *r, uint64_t number);

/* Everything that was judged, the new drops first; ONLY_NEW: these alone. */
void drops_put_text(struct buf *out, struct arena *a, const struct summary *s,
    bool only_new);
void drops_put_markdown(struct buf *out, struct arena *a,
    const struct summary *s, bool only_new);
void drops_put_csv(struct buf *out, struct arena *a, const struct summary *s,
    bool only_new);
void drops_put_json(struct json *out, const struct summary *s, bool only_new);

/* The connections of this document alone, a line each. */
void drops_put_jsonl(struct buf *out, const struct summary *s, bool only_new);
