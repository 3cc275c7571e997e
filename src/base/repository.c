/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way from a file up to the top of its repository.
 */
#include "base/repository.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"

/* Whether DIR is one of those that a search does not go up into. */
static bool
is_ceiling(const char *dir)
{
	const char *list = getenv("GIT_CEILING_DIRECTORIES");
	size_t n = strlen(dir);

	while (list && *list) {
		size_t len = strcspn(list, ":");

		if (len == n && strncmp(list, dir, n) == 0)
			return true;
		list += len + (list[len] == ':');
	}
	return false;
}

/* Whether DIR is the top of a repository. */
static bool
is_top(struct arena *a, const char *dir)
{
	struct stat st;

	return stat(arena_printf(a, "%s/.git", dir), &st) == 0;
}

/* DIR without its last name; NULL at the top of the file system or below a
 * ceiling. */
static const char *
parent(struct arena *a, const char *dir)
{
	const char *slash = strrchr(dir, '/');
	const char *up;

	if (!slash || slash[1] == '\0')
		return NULL;
	up = slash == dir ? "/" : arena_dup(a, dir, (size_t)(slash - dir));
	return is_ceiling(up) ? NULL : up;
}

const char *
repository_up(struct arena *a, const char *dir)
{
	return is_top(a, dir) ? NULL : parent(a, dir);
}

/* PATH up to its last slash; "." without one. */
static const char *
folder(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return ".";
	return slash == path ? "/" : arena_dup(a, path, (size_t)(slash - path));
}

const char *
repository_dir(struct arena *a, const char *path)
{
	const char *dir = folder(a, path), *up = dir;
	char real[PATH_MAX];

	/* Of what is in git's index alone, folders may be missing. */
	while (!realpath(up, real)) {
		const char *before = up;

		up = folder(a, up);
		if (strcmp(up, before) == 0)
			return NULL;
	}
	if (up == dir)
		return arena_printf(a, "%s", real);
	return arena_printf(a, "%s/%s", real,
	    strcmp(up, ".") == 0 ? dir : dir + strlen(up) + 1);
}

/* What FULL is below DIR; NULL when it is not. */
static const char *
below(const char *full, const char *dir)
{
	size_t n = strlen(dir);

	if (n == 1)
		n = 0;
	return strncmp(full, dir, n) == 0 && full[n] == '/' ? full + n + 1
							    : NULL;
}

/* The file PATH by its real path, which may itself be a link; or NULL. */
static const char *
real_file(struct arena *a, const char *path)
{
	const char *dir = repository_dir(a, path), *slash = strrchr(path, '/');

	return dir ? arena_printf(a, "%s/%s", dir[1] ? dir : "",
			 slash ? slash + 1 : path)
		   : NULL;
}

const char *
repository_below(struct arena *a, const char *path, const char *dir)
{
	const char *full = real_file(a, path);

	return full ? below(full, dir) : NULL;
}

const char *
repository_path(struct arena *a, const char *path)
{
	const char *full = real_file(a, path), *inside = NULL;
	const char *dir = repository_dir(a, path);
	char here[PATH_MAX];

	if (!full)
		return path;
	while (dir && !is_top(a, dir))
		dir = parent(a, dir);
	if (dir)
		inside = below(full, dir);
	else if (getcwd(here, sizeof(here)))
		inside = below(full, here);
	return inside ? inside : path;
}
