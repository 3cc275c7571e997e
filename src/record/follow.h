/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A file that grows, until a signal ends it (SIGINT, SIGTERM): it may be
 * renamed and another one made in its place, or be emptied.
 */

#include <stdbool.h>
#include <sys/types.h>

struct follow {
	const char *path;
	int fd;         /* the file; replaced when another has its place */
	int signals;    /* that end it, blocked meanwhile */
	int changes;    /* of the directory; -1: only time tells */
	bool moved;     /* its name is another file's: the rest is still read */
	unsigned asked; /* how often it was to end */
};

/*
 * Opens PATH, and blocks the signals for this thread and those that it starts.
 * 0 or an errno value.
 */
int follow_open(struct follow *f, const char *path);
void follow_close(struct follow *f);

enum follow_got {
	FOLLOW_MORE,  /* there may be more to read */
	FOLLOW_OTHER, /* and it begins another file */
	FOLLOW_END,
};

/* Called when all was read: waits for more. */
enum follow_got follow_wait(struct follow *f);

/* Whether it is to end at once, since it was asked twice. */
bool follow_is_over(struct follow *f);
