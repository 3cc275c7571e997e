/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A file or directory that is being made under a temporary name, in the
 * directory where it is to have its own.  What ends the process leaves it
 * there without its lock, and the next one that is made in the same directory
 * removes it; a signal removes it at once.
 *
 * Functions return 0 or an errno value.
 */

#include <stdbool.h>

#include "base/guard.h"

#define PENDING_NAME 48

/* Whether the directory open as FD may be removed with all that is in it. */
typedef bool pending_ours(void *arg, int fd);

struct pending {
	int parent;              /* the directory that it is in */
	char name[PENDING_NAME]; /* "": there is none (any more) */
	int fd;                  /* of itself, locked while it is made */
	struct guard guard;
};

/*
 * Makes a file that is open for writing, or a directory, in PARENT, which the
 * caller closes after pending_close().  Of what killed processes left there,
 * files go, and directories that are empty or that OURS, unless it is NULL,
 * says so of.
 */
int pending_open(struct pending *p, int parent, bool directory,
    pending_ours *ours, void *arg);

/*
 * From now on a signal that ends the process removes it; since pending_open()
 * such signals have waited.  A thread waits for them: what it may not do must
 * have been given up before.
 */
void pending_guard(struct pending *p);

/* Between these no signal ends the process half-way. */
void pending_lock(struct pending *p);
void pending_unlock(struct pending *p);

/* Ends it; what still has its temporary name is removed.  May be repeated. */
int pending_close(struct pending *p);

/* Removes NAME in DIR with all that is in it; no link is followed. */
int pending_remove(int dir, const char *name);

/* Whether NAME is one that is given here. */
bool pending_is_name(const char *name);

/* Whether the directory open as FD is empty. */
bool pending_is_empty(int fd);
