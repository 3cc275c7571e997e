/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A directory that appears complete and synced, or not at all: it is made under
 * a temporary name and then takes its place.  A directory that has this name is
 * replaced only if it is empty or its owner says that it may go; a link never
 * is.  Functions return 0 or an errno value; after a failed call the caller
 * still calls outdir_close().
 */

#include "base/arena.h"
#include "base/pending.h"
#include "base/sandbox.h"
#include "base/str.h"

struct outdir {
	const char *name; /* the final one, in parent; NULL: nothing is open */
	int parent;
	int old;            /* the directory that is to be replaced, or -1 */
	pending_ours *ours; /* whether an old directory may go */
	void *arg;          /* for ours() */
	struct pending made;
	bool placed;  /* it has the final name, whatever failed later */
	int leftover; /* why the old directory could not be removed; or 0 */
};

/*
 * OURS says whether an old directory may be replaced, PART whether what a
 * killed process left half made or half removed may go.
 *
 * EEXIST when there is a directory that may not be replaced, EINVAL for "/",
 * "." and "..", which cannot be, ELOOP for a link, ENOTDIR for a file.
 */
int outdir_open(struct outdir *d, struct arena *a, const char *path,
    pending_ours *ours, pending_ours *part, void *arg);

/*
 * What a process in a sandbox (base/sandbox.h) may still do with D: three
 * places at most, whose descriptors are D's.  Returns how many.
 */
#define OUTDIR_PLACES 3
size_t outdir_places(const struct outdir *d,
    struct sandbox_place ret[static OUTDIR_PLACES]);

/* From now on a signal that ends the process removes what is made. */
void outdir_guard(struct outdir *d);

int outdir_mkdir(struct outdir *d, const char *rel);
int outdir_write(struct outdir *d, const char *rel, struct str data);

/*
 * Puts the directory in its place, and removes the one that was there once
 * nobody reads it (holds a lock on it, flock).  Where that fails, d->leftover
 * says why: the new one is in place all the same.
 */
int outdir_commit(struct outdir *d);

/* Removes what is not committed. */
void outdir_close(struct outdir *d);
