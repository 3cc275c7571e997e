/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where a file is in its repository: the nearest directory upward of it that
 * has an entry .git.  As git does, the search does not go up into a directory
 * of GIT_CEILING_DIRECTORIES.
 */

#include "base/arena.h"

/*
 * PATH from the top of its repository, the same however PATH is written and
 * whether the file is there or not; outside of one, from the current directory,
 * if it is below that; else PATH itself.  The text is in A.
 */
const char *repository_path(struct arena *a, const char *path);

/* The real path of PATH from the real path DIR; NULL when it is not in DIR. */
const char *repository_below(struct arena *a, const char *path,
    const char *dir);

/*
 * The directory above DIR, which is a real path; NULL where a search ends: at
 * the top of a repository or of the file system, or below a ceiling.
 */
const char *repository_up(struct arena *a, const char *dir);

/* The real path of the directory that the file PATH is in; NULL: there is none.
 */
const char *repository_dir(struct arena *a, const char *path);
