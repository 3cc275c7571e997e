/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What git's index holds of the repository that the working directory is in:
 * the files as a commit would have them, whatever the work tree is like.  Git
 * itself is run to read it.
 */

#include "base/fileset.h"
#include "diag/diag.h"

struct staged {
	const char *cwd;
	struct fileset files; /* those that may be manifests, and links */
	bool lost;    /* one that HEAD has is deleted, or has another name */
	bool unknown; /* git refused, which was reported */
};

/*
 * Reads the index into A, and with CHANGES what it changes of HEAD.  What git
 * refuses, and files that are not merged, are reported.  Returns 0, or the
 * errno value with which git could not be run.
 */
int staged_read(struct staged *ret_staged, struct arena *a,
    struct diag_sink *sink, bool changes);
