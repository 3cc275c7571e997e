/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a directory beside its place, and exchanges it with what is there.
 */
#include "base/outdir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#define OPEN_DIRECTORY (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

/* Opens the directory NAME in D's parent: its descriptor, or -1 and *RET. */
static int
open_old(const struct outdir *d, const char *name, int *ret_error)
{
	int fd = openat(d->parent, name, OPEN_DIRECTORY | O_NOFOLLOW);
	struct stat st;

	*ret_error = 0;
	if (fd >= 0)
		return fd;
	*ret_error = errno == ENOENT ? 0 : errno;
	if (errno == ENOTDIR &&
	    fstatat(d->parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISLNK(st.st_mode))
		*ret_error = ELOOP;
	return -1;
}

static bool
may_go(const struct outdir *d, int fd)
{
	return pending_is_empty(fd) || d->ours(d->arg, fd);
}

/* Whether what has the final name now may be replaced. */
static int
check_old(struct outdir *d)
{
	int error, fd = open_old(d, d->name, &error);

	if (fd < 0)
		return error;
	if (!may_go(d, fd))
		error = EEXIST;
	if (d->old >= 0)
		close(d->old);
	d->old = fd;
	return error;
}

/* Why not PATH, which cannot be renamed. */
static int
refuse(const struct outdir *d, const char *path)
{
	int fd = open(path, OPEN_DIRECTORY);
	bool foreign = fd >= 0 && !may_go(d, fd);

	if (fd >= 0)
		close(fd);
	return foreign ? EEXIST : EINVAL;
}

int
outdir_open(struct outdir *d, struct arena *a, const char *path,
    pending_ours *ours, pending_ours *part, void *arg)
{
	size_t n = strlen(path);
	const char *slash, *dir;
	int error;

	*d = (struct outdir){.parent = -1,
	    .old = -1,
	    .ours = ours,
	    .arg = arg,
	    .made.fd = -1};
	while (n > 1 && path[n - 1] == '/')
		n--;
	path = arena_dup(a, path, n);
	slash = strrchr(path, '/');
	d->name = slash ? slash + 1 : path;
	if (n == 0)
		return ENOENT;
	if (*d->name == '\0' || strcmp(d->name, ".") == 0 ||
	    strcmp(d->name, "..") == 0)
		return refuse(d, path);
	dir = !slash ? "." : arena_dup(a, path, (size_t)(slash - path) + 1);
	d->parent = open(dir, OPEN_DIRECTORY);
	if (d->parent < 0)
		return errno;
	error = check_old(d);
	if (!error)
		error = pending_open(&d->made, d->parent, true, part, arg);
	return error;
}

size_t
outdir_places(const struct outdir *d,
    struct sandbox_place ret[static OUTDIR_PLACES])
{
	size_t n = 0;

	if (!d->name || d->made.fd < 0)
		return 0;
	ret[n++] = (struct sandbox_place){d->parent, SANDBOX_REPLACE};
	ret[n++] = (struct sandbox_place){d->made.fd, SANDBOX_WRITE};
	if (d->old >= 0)
		ret[n++] = (struct sandbox_place){d->old, SANDBOX_REMOVE};
	return n;
}

void
outdir_guard(struct outdir *d)
{
	if (d->name && d->made.fd >= 0)
		pending_guard(&d->made);
}

int
outdir_mkdir(struct outdir *d, const char *rel)
{
	int error;

	pending_lock(&d->made);
	error = mkdirat(d->made.fd, rel, 0777) < 0 ? errno : 0;
	pending_unlock(&d->made);
	return error;
}

int
outdir_write(struct outdir *d, const char *rel, struct str data)
{
	int error = 0, fd;

	pending_lock(&d->made);
	fd = openat(d->made.fd, rel, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    0666);
	if (fd < 0)
		error = errno;
	pending_unlock(&d->made);
	if (error)
		return error;
	error = file_put(fd, data);
	if (close(fd) < 0 && !error)
		error = errno;
	return error;
}

static int
rename_to(const struct outdir *d, unsigned flags)
{
	return renameat2(d->parent, d->made.name, d->parent, d->name, flags) < 0
	    ? errno
	    : 0;
}

/*
 * What had the final name has the temporary one now.  It may be another
 * directory than the one that was checked: then it is checked again, and put
 * back.
 */
static int
check_exchanged(struct outdir *d)
{
	int error, fd = open_old(d, d->made.name, &error);

	if (fd >= 0) {
		if (!may_go(d, fd))
			error = EEXIST;
		close(fd);
	}
	/* What cannot be put back stays, so that nothing is lost. */
	if (error && rename_to(d, RENAME_EXCHANGE) != 0)
		*d->made.name = '\0';
	return error;
}

/* Takes the final name; *RET_OLD: something else has the temporary one now. */
static int
place(struct outdir *d, bool *ret_old)
{
	int error = rename_to(d, RENAME_NOREPLACE);

	/* Not every file system can be told not to replace. */
	if (error == EINVAL)
		error = rename_to(d, 0);
	*ret_old = error == EEXIST || error == ENOTEMPTY;
	if (*ret_old) {
		error = check_old(d);
		if (!error)
			error = rename_to(d, RENAME_EXCHANGE);
		if (!error)
			error = check_exchanged(d);
	} else if (!error) {
		*d->made.name = '\0';
	}
	return error;
}

/* Whoever reads the old directory has it to the end. */
static void
remove_old(struct outdir *d)
{
	int error, fd = open_old(d, d->made.name, &error);

	if (fd >= 0) {
		flock(fd, LOCK_EX);
		close(fd);
	}
	pending_lock(&d->made);
	d->leftover = pending_remove(d->parent, d->made.name);
	*d->made.name = '\0';
	pending_unlock(&d->made);
}

int
outdir_commit(struct outdir *d)
{
	bool old = false;
	int error;

	/*
	 * All at once: a disk takes a thousand files as fast as one, but not
	 * when it is waited for after each.
	 */
	if (syncfs(d->made.fd) < 0)
		return errno;
	pending_lock(&d->made);
	error = place(d, &old);
	if (!error)
		flock(d->made.fd, LOCK_UN); /* others may wait for it */
	pending_unlock(&d->made);
	d->placed = !error;
	if (error)
		return error;
	error = fsync(d->parent) < 0 ? errno : 0;
	if (old)
		remove_old(d);
	/* Its guard would end what is made next without removing it. */
	pending_close(&d->made);
	return error;
}

void
outdir_close(struct outdir *d)
{
	if (!d->name)
		return;
	pending_close(&d->made);
	if (d->old >= 0)
		close(d->old);
	if (d->parent >= 0)
		close(d->parent);
	d->name = NULL;
}
