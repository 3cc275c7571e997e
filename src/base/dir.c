/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading of directories.
 */
#include "base/dir.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static bool
is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

int
dir_each(int fd, dir_entry *fn, void *arg)
{
	DIR *dir = fdopendir(fd);
	const struct dirent *e;
	int error = 0;

	if (!dir) {
		error = errno;
		close(fd);
		return error;
	}
	while (!error) {
		errno = 0;
		e = readdir(dir);
		if (!e) {
			error = errno;
			break;
		}
		if (!is_dots(e->d_name))
			error = fn(arg, fd, e);
	}
	closedir(dir);
	return error;
}
