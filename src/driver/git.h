/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What git's index or a commit holds of the repository that the working
 * directory is in, whatever the work tree is like.  Git itself is run to read
 * it, so it comes before the sandbox.
 *
 *     struct git_files files;
 *     int error = git_read_commit(&files, arena, "main", NULL);
 *     if (!error)
 *             options.files = &files;
 */

#include "base/fileset.h"
#include "diag/diag.h"

struct git_files {
	const char *cwd, *top; /* the working directory, the repository's top */
	struct fileset files;  /* those that may be manifests, and links */
	bool unknown;          /* git refused, which is in SINK */
	struct diag_sink sink;
	bool lost; /* one that HEAD has is deleted, or has another name */
};

/*
 * Reads the index into A, and with CHANGES what it changes of HEAD.  What git
 * refuses, and files that are not merged, are in the sink.  Returns 0, or the
 * errno value with which git could not be run.
 */
int git_read_index(struct git_files *ret, struct arena *a, bool changes);

/*
 * Reads the commit REVISION, or where WITH is not NULL the last one that the
 * two have in common.
 */
int git_read_commit(struct git_files *ret, struct arena *a,
    const char *revision, const char *with);
