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
};

/* The formats by name, and what help says of them. */
#define DROPS_FORMAT_HELP \
	"text or markdown for people, json, jsonl or csv for programs"
extern const struct word drops_formats[];

/* Sorts S and puts it out; ONLY_NEW: the new drops alone. */
void cli_put_drops(struct cli *cli, struct summary *s, enum drops_format format,
    bool only_new);

/* `cnpc drops merge`, whose words follow "merge". */
int cmd_drops_merge(struct cli *cli);
