/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Globs with "**": a part of the glob for each part of the path, by fnmatch().
 */
#include "base/glob.h"

#include <fnmatch.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>

/* Whether the first N bytes of PART fit the first LEN of GLOB. */
static bool
part_fits(const char *glob, size_t len, const char *part, size_t n)
{
	char g[NAME_MAX + 1], p[NAME_MAX + 1];

	if (len > NAME_MAX || n > NAME_MAX)
		return false;
	memcpy(g, glob, len);
	g[len] = '\0';
	memcpy(p, part, n);
	p[n] = '\0';
	return fnmatch(g, p, 0) == 0;
}

/* TEXT after its first part of LEN bytes and the slash after that. */
static const char *
after(const char *text, size_t len)
{
	return text + len + (text[len] == '/');
}

/* Whether PATH, or a directory that it is in, fits GLOB from its beginning. */
static bool
fits_here(const char *glob, const char *path)
{
	while (*glob) {
		size_t len = strcspn(glob, "/"), n = strcspn(path, "/");

		if (len == 2 && strncmp(glob, "**", 2) == 0) {
			glob = after(glob, len);
			for (; *path; path = after(path, strcspn(path, "/"))) {
				if (!*glob || fits_here(glob, path))
					return true;
			}
			return false;
		}
		if (n == 0 || !part_fits(glob, len, path, n))
			return false;
		glob = after(glob, len);
		path = after(path, n);
	}
	return true;
}

bool
glob_fits(const char *glob, const char *path)
{
	size_t n = strlen(glob);
	bool anywhere = !memchr(glob, '/', n > 0 ? n - 1 : 0);

	if (*glob == '/')
		glob++;
	if (n == 0)
		return false;
	if (!anywhere)
		return fits_here(glob, path);
	for (; *path; path = after(path, strcspn(path, "/"))) {
		if (fits_here(glob, path))
			return true;
	}
	return false;
}
