/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is likely wrong with policies that are valid: a table of checks, each
 * with what it needs.  Also which findings `cnpc lint` shows, and what they
 * amount to.
 */

#include "admit/platform.h"
#include "base/buf.h"
#include "diag/diag.h"
#include "lint/models.h"

/* What the checks look at, NULL where it was not made, and what they tell. */
struct lint {
	struct diag_sink *sink;
	struct arena *scratch;
	enum platform platform;
	uint32_t policy_map_max; /* entries that an agent's map has room for */
	const struct object_list *objects;
	const struct ir *ir;
	const struct pmaps *pmaps;
	const struct model_differences *models;
};

/* Runs every check that has what it needs. */
void lint_run(const struct lint *l);

/*
 * Whether findings at AT are told, going by its source alone; ASKED as in
 * lint_select().
 */
bool lint_is_told(const struct source_set *set, struct span at, bool asked);

/*
 * Leaves the findings that are about the inputs themselves: those in
 * --cluster sources are taken out, and with ASKED those in sources that are
 * not asked about; unless such a source could not be read.
 */
void lint_select(struct diag_sink *sink, const struct source_set *set,
    bool asked);

/* What keeps an input from being read, rather than being wrong in itself. */
bool lint_is_unread(const struct diag *d);

/* Whether some input could not be read, so that findings may be missing. */
bool lint_unread(const struct diag_sink *sink);

/* "3 errors and 1 warning in 12 files"; ASKED as in lint_select(). */
void lint_summary(struct buf *out, const struct source_set *set,
    const struct diag_sink *sink, bool asked);
