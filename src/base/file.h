/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Files.  Reading bounds the size; writing is all or nothing: a file
 * appears under its name complete and synced, or not at all.  Functions return
 * 0 or an errno value.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"

/*
 * Reads PATH, or standard input for "-", into A with a NUL after it.  EFBIG
 * when there is more than MAX bytes, EISDIR for a directory.
 */
int file_read(struct arena *a, const char *path, size_t max,
    struct str *ret_text);

/* The same of what is open as FD, to its end. */
int file_read_open(struct arena *a, int fd, size_t max, struct str *ret_text);

/* The same of the regular file open as FD; EINVAL when it is none. */
int file_read_regular(struct arena *a, int fd, size_t max,
    struct str *ret_text);

/* The same of NAME in the directory DIR; ELOOP when it is a link. */
int file_read_at(struct arena *a, int dir, const char *name, size_t max,
    struct str *ret_text);

/*
 * Writes DATA to PATH through a temporary name, fsync and rename.  A file that
 * is replaced passes on its mode; a link stays and its target is replaced;
 * EINVAL for what is no regular file.
 */
int file_write(const char *path, struct str data);

/* The same for NAME in the directory DIR; EINVAL for a link. */
int file_write_at(int dir, const char *name, struct str data);

/* The directory of the file PATH, or of what it links to, open; -1: errno. */
int file_open_parent(const char *path);

/* All of DATA to FD. */
int file_put(int fd, struct str data);

/* Whether NAME ends in one of the NULL-terminated SUFFIXES. */
bool file_has_suffix(const char *name, const char *const *suffixes);

/*
 * Adds the names of the regular files below DIR, recursively, in byte order,
 * whose names end in one of SUFFIXES.  Symbolic links to
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
	VEC(const char *) linked; /* directories that were not entered */
};

void file_walk(struct file_list *l, struct arena *a, const char *dir,
    const char *const *suffixes);
