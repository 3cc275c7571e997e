/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the commands share that compare two sides and tell which connections
 * change.
 */

#include "change/change.h"
#include "cli/cli.h"
#include "cli/opt.h"

enum comparison_format {
	COMPARISON_TEXT,
	COMPARISON_JSON,
	COMPARISON_MARKDOWN,
	COMPARISON_DOT,  /* of diff alone, */
	COMPARISON_HTML, /* likewise */
	COMPARISON_SVG,  /* likewise */
};

/* Bits of the kinds of change that make status 1. */
extern const struct word comparison_fail_words[];

#define COMPARISON_FAIL_DEFAULT ((1 << CHANGE_KINDS) - 1)

/* The options --format, of the words FORMATS, and --fail-on, whose values go to
 * two int. */
#define COMPARISON_OPTIONS(format_at, formats, fail_on_at)                \
	{"format", 0, NULL, "form of the differences (text)", OPT_WORD,   \
	    .word = (format_at), .words = (formats)},                     \
	{                                                                 \
		"fail-on", 0, NULL,                                       \
		    "the changes that make the status 1 (any)", OPT_WORD, \
		    .word = (fail_on_at), .words = comparison_fail_words  \
	}

/* A unit as a side. */
struct change_side comparison_side(const struct unit *u);

int comparison_status(const struct changes *c, int fail_on);

/* Finishes N units in turn; what several say of the same place is said once. */
int comparison_finish(struct cli *cli, struct unit *u, size_t n, int status);
