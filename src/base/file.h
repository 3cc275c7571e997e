/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Files.  Reading bounds the size; writing is all or nothing: a file or a
 * whole directory appears under its name complete and synced, or not at all.
 * Functions return 0 or an errno value.
 */

#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"

/*
 * Reads PATH, or standard input for "-", into A with a NUL behind.  EFBIG
 * when there is more than MAX bytes, EISDIR for a directory.
 */
int file_read(struct arena *a, const char *path, size_t max,
    struct str *ret_text);

/*
 * Writes DATA to PATH through a temporary name, fsync and rename.  A file that
 * is replaced passes on its mode; a link stays and its target is replaced;
 * EINVAL for what is no regular file.
 */
int file_write(const char *path, struct str data);

/*
 * A directory that is built under a temporary name beside its final one.
 * outdir_commit() puts it in place, exchanging it with an existing directory
 * of that name, which is then removed with all that is in it: whether it may
 * go is for the caller to know.  outdir_abort() removes what was built.  After
 * a failed call the caller still calls outdir_abort().
 *
 * EINVAL for "/", "." and "..".  When only the removal of the old directory
 * fails, outdir_commit() says so although the new one is in place.
 */
struct outdir {
	const char *path; /* final name */
	char *tmp;        /* building name; NULL when nothing is open */
	int fd;
};

int outdir_open(struct outdir *d, struct arena *a, const char *path);
int outdir_mkdir(struct outdir *d, const char *rel);
int outdir_write(struct outdir *d, const char *rel, struct str data);
int outdir_commit(struct outdir *d);
void outdir_abort(struct outdir *d);

/*
 * Adds the names of the regular files below DIR, recursively, in byte order,
 * whose names end in one of the NULL-terminated SUFFIXES.  Symbolic links to
 * files are followed, those to directories are not; hidden directories are not
 * entered, nor those more than 64 levels down (ENAMETOOLONG).  What cannot be
 * read is reported through FAILED (path, errno) and the walk goes on.
 */
struct file_list {
	VEC(const char *) path;
	VEC(struct file_error {
		const char *path;
		int error;
	}) failed;
};

void file_walk(struct file_list *l, struct arena *a, const char *dir,
    const char *const *suffixes);
