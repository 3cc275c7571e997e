/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A graph as a picture, which Graphviz draws: its program dot is started before
 * anything is read, as the sandbox lets none start, and given the graph at the
 * end.
 */

#include <sys/types.h>

#include "cli/cli.h"

struct picture {
	bool begun;
	pid_t dot;
	int to, from; /* its standard input and output */
};

/* Begins one if it is WANTED.  OPT_GO, or the exit status to leave with. */
int picture_begin(struct picture *p, struct cli *cli, bool wanted);

/*
 * Makes the graph that CLI has put out, in the language of dot, the picture of
 * it; without output there is none.  Returns STATUS, or what becomes of it.
 */
int picture_end(struct picture *p, struct cli *cli, int status);
