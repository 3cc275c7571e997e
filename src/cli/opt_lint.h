/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which findings a command shows, and which of them make it fail.
 */

#include "cli/opt.h"
#include "lint/choice.h"

enum fail_on {
	FAIL_ON_NOTE,
	FAIL_ON_WARNING,
	FAIL_ON_ERROR,
	FAIL_NEVER,
};

extern const struct word fail_on_words[];

/* The names that the options are given, as they come. */
struct lint_words {
	struct str_list select, ignore, warning, error;
};

/*
 * Adds what W says to ROWS.  OPT_GO, or the status to leave with after telling
 * of a name that nothing has.
 */
int lint_words_rows(struct cli *cli, const struct lint_words *w,
    struct lint_rows *rows);

/* Whether one of the findings is as grave as what makes the command fail. */
bool lint_fails(const struct diag_sink *found, enum fail_on least);
