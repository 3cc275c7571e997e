/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What `cnpc drops` and `cnpc drops merge` put out.  Private to cli/.
 */

#include "base/word.h"
#include "cli/cli.h"
#include "report/drops.h"

enum drops_format {
	DROPS_TEXT,
	DROPS_JSON,
	/* of a whole summary only */
	DROPS_JSONL,
	DROPS_CSV,
	DROPS_MARKDOWN,
	/* only where the policies are read */
	DROPS_SARIF,
};

/* How a summary is put out. */
struct drops_form {
	int format; /* enum drops_format */
	int by;     /* enum drops_by */
	bool only_new;
};

/* The rows of an option table that fill F, a struct drops_form. */
#define DROPS_FORM_OPTS(f)                                                     \
	{"new", 0, NULL, "only what passed then and would drop now", OPT_FLAG, \
	    .flag = &(f)->only_new},                                           \
	    {"by", 0, NULL, "put together what has this in common", OPT_WORD,  \
		.word = &(f)->by, .words = drops_bys},                         \
	{                                                                      \
		"format", 0, NULL,                                             \
		    "text or markdown for people, json, jsonl or csv for "     \
		    "programs, sarif for services that show findings",         \
		    OPT_WORD, .word = &(f)->format, .words = drops_formats     \
	}
extern const struct word drops_formats[], drops_bys[];

/*
 * Sorts S and puts it out; U has the policies, and is NULL where none are read.
 * STATUS_OK; STATUS_FINDINGS: it has new drops;
 * STATUS_BAD_INPUT: nothing could be judged.
 */
int cli_put_drops(struct cli *cli, struct summary *s,
    const struct drops_form *f, struct unit *u);

/* `cnpc drops merge`, whose words follow "merge". */
int cmd_drops_merge(struct cli *cli);
