/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Two revisions on a command line, as git has it: OLD..NEW; OLD...NEW, from
 * where NEW branched off OLD; and OLD alone, against the work tree.
 */

#include "cli/opt.h"

/* One of the two. */
struct revision {
	const char *name;   /* of a commit; NULL: the work tree */
	const char *branch; /* what has it in common with this; or NULL */
	const char *shown;  /* in results */
};

/*
 * Takes the word that is revisions out of O's inputs, if one is: the only one
 * of BEFORE words in front of "--", where there is a "--", else the only word,
 * if it names no file.  Without another one the input is this directory.
 */
void revisions_take(struct cli *cli, struct options *o, size_t before,
    bool dashes);

/* What WORD says.  OPT_GO, or the status of a mistake. */
int revisions_read(struct cli *cli, const char *word, struct revision ret[2]);
