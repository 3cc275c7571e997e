/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Temporary names: making them, and removing what was left under one.
 *
 * The lock (flock) on what is being made is its owner's sign of life: the
 * kernel drops it with the process, however that ends.
 */
#include "base/pending.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dir.h"

/* Hidden, so that no walk takes what is left for input. */
#define PREFIX ".cnpc-"
#define TRIES 100

static int
remove_entry(void *arg, int dir, const struct dirent *e)
{
	return pending_remove(dir, e->d_name);
}

int
pending_remove(int dir, const char *name)
{
	int error, fd;

	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		if (errno != ENOTDIR && errno != ELOOP)
			return errno;
		return unlinkat(dir, name, 0) < 0 ? errno : 0;
	}
	error = dir_each(fd, remove_entry, NULL);
	if (!error && unlinkat(dir, name, AT_REMOVEDIR) < 0)
		error = errno;
	return error;
}

bool
pending_is_name(const char *name)
{
	return strncmp(name, PREFIX, sizeof(PREFIX) - 1) == 0;
}

static int
refuse_entry(void *arg, int dir, const struct dirent *e)
{
	return ENOTEMPTY;
}

bool
pending_is_empty(int fd)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return copy >= 0 && dir_each(copy, refuse_entry, NULL) == 0;
}

/* Whose leftovers may go. */
struct sweep {
	pending_ours *ours;
	void *arg;
};

static bool
may_go(const struct sweep *s, int fd, const struct stat *st)
{
	if (S_ISREG(st->st_mode))
		return true;
	return S_ISDIR(st->st_mode) &&
	    (pending_is_empty(fd) || (s->ours && s->ours(s->arg, fd)));
}

/* Removes NAME if it is a leftover; what cannot be removed stays. */
static int
sweep_entry(void *arg, int dir, const struct dirent *e)
{
	const char *name = e->d_name;
	struct stat st;
	int fd;

	if (!pending_is_name(name))
		return 0;
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0 &&
	    may_go(arg, fd, &st))
		pending_remove(dir, name);
	close(fd);
	return 0;
}

static void
sweep(int parent, pending_ours *ours, void *arg)
{
	int fd = openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct sweep s = {ours, arg};

	if (fd >= 0)
		dir_each(fd, sweep_entry, &s);
}

/* 0 when NAME in DIR is still what is open as FD, EEXIST when it is not. */
static int
check_same(int dir, const char *name, int fd)
{
	struct stat at, of;

	if (fstat(fd, &of) < 0)
		return errno;
	if (fstatat(dir, name, &at, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? EEXIST : errno;
	return at.st_dev == of.st_dev && at.st_ino == of.st_ino ? 0 : EEXIST;
}

/* Opens what is made under the name; *RET_MADE: it was made, whatever fails. */
static int
make(struct pending *p, bool directory, bool *ret_made)
{
	if (!directory)
		p->fd = openat(p->parent, p->name,
		    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	*ret_made =
	    directory ? mkdirat(p->parent, p->name, 0777) == 0 : p->fd >= 0;
	if (!*ret_made)
		return errno;
	if (directory)
		p->fd = openat(p->parent, p->name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (p->fd < 0)
		return errno == ENOENT ? EEXIST : errno;
	if (flock(p->fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? EEXIST : errno;
	return check_same(p->parent, p->name, p->fd);
}

/* One try: EEXIST when the name is taken, or was swept before its lock. */
static int
try_make(struct pending *p, bool directory)
{
	bool made;
	int error = make(p, directory, &made);

	if (!error)
		return 0;
	/* Whoever has the lock sweeps it; where nobody can lock, nobody does.
	 */
	if (made && error != EEXIST)
		unlinkat(p->parent, p->name, directory ? AT_REMOVEDIR : 0);
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	return error;
}

static void
undo(void *arg)
{
	struct pending *p = arg;

	if (*p->name)
		pending_remove(p->parent, p->name);
}

int
pending_open(struct pending *p, int parent, bool directory, pending_ours *ours,
    void *arg)
{
	int error = EEXIST;

	*p = (struct pending){.parent = parent, .fd = -1};
	sweep(parent, ours, arg);
	guard_init(&p->guard, undo, p);
	for (int i = 0; i < TRIES && error == EEXIST; i++) {
		snprintf(p->name, sizeof(p->name), PREFIX "%ld-%d",
		    (long)getpid(), i);
		error = try_make(p, directory);
	}
	if (error) {
		*p->name = '\0';
		guard_stop(&p->guard);
	}
	return error;
}

void
pending_guard(struct pending *p)
{
	guard_start(&p->guard);
}

void
pending_lock(struct pending *p)
{
	guard_lock(&p->guard);
}

void
pending_unlock(struct pending *p)
{
	guard_unlock(&p->guard);
}

int
pending_close(struct pending *p)
{
	int error = 0;

	if (p->fd < 0)
		return 0;
	if (*p->name) {
		pending_lock(p);
		error = pending_remove(p->parent, p->name);
		*p->name = '\0';
		pending_unlock(p);
	}
	guard_stop(&p->guard);
	close(p->fd);
	p->fd = -1;
	return error;
}
