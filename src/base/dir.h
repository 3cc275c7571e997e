/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The entries of a directory.  An error while they are read is one, and not the
 * end of the directory, as fts(3) takes it.
 */

#include <dirent.h>

/* Takes the entry E of the directory DIR; not 0 ends the reading. */
typedef int dir_entry(void *arg, int dir, const struct dirent *e);

/*
 * Calls FN for each entry of the directory FD but "." and "..", and closes FD.
 * Returns 0, or an errno value: that of the system or what FN returned.
 */
int dir_each(int fd, dir_entry *fn, void *arg);
