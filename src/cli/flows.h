/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The files of recorded flows that a command is given.  What of them cannot be
 * read is told.  Private to cli/.
 */

#include "cli/cli.h"
#include "replay/recording.h"

struct flows {
	struct cli *cli;
	struct recording *recording; /* fn of it calls flows_tell() */
	const char *path;            /* of the file that is read, for people */
	unsigned complaints;         /* about it */
	bool failed;                 /* a file could not be read to its end */
};

/* Tells of a line that cannot be read, but not of all. */
void flows_tell(struct flows *f, const struct replay_result *r);

/* Reads a file; "-" is standard input. */
void flows_read(struct flows *f, const char *path);

/* Reads a file, and goes on as it grows or is replaced. */
void flows_follow(struct flows *f, const char *path);
