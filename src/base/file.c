/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file system: reading within a bound, writing through a temporary name,
 * walking directories.
 */
#include "base/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/pending.h"

#define READ_MIN ((size_t)16 << 10)
#define OPEN_DIRECTORY (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#define DEPTH_MAX 64 /* directories below the one that was named */

/* The last component of PATH. */
static const char *
last_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

int
file_put(int fd, struct str data)
{
	ssize_t n;

	while (data.n > 0) {
		n = write(fd, data.s, data.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		data.s += n;
		data.n -= (size_t)n;
	}
	return 0;
}

int
file_read_open(struct arena *a, int fd, size_t max, struct str *ret_text)
{
	size_t n = 0, cap = READ_MIN;
	struct stat st;
	ssize_t got;
	char *p;

	assert(max < SIZE_MAX);
	if (fstat(fd, &st) < 0)
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	/* What says that it is empty may still have something: /proc. */
	if (S_ISREG(st.st_mode)) {
		if ((uintmax_t)st.st_size > max)
			return EFBIG;
		cap = (size_t)st.st_size + 1;
	}
	/* One byte over shows that there is too much; it is the NUL's too. */
	if (cap > max + 1)
		cap = max + 1;
	p = arena_alloc(a, cap);
	for (;;) {
		got = read(fd, p + n, cap - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno;
		if (got == 0)
			break;
		n += (size_t)got;
		if (n > max)
			return EFBIG;
		if (n == cap) {
			size_t more = cap < READ_MIN ? READ_MIN : cap * 2;

			if (cap > max / 2 || more > max + 1)
				more = max + 1;
			p = arena_grow(a, p, cap, more);
			cap = more;
		}
	}
	p[n] = '\0';
	*ret_text = (struct str){p, n};
	return 0;
}

bool
file_has_suffix(const char *name, const char *const *suffixes)
{
	size_t n = strlen(name), len;

	for (; *suffixes; suffixes++) {
		len = strlen(*suffixes);
		if (n >= len && strcmp(name + n - len, *suffixes) == 0)
			return true;
	}
	return false;
}

static int
compare_path(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
compare_failed(const void *a, const void *b)
{
	return strcmp(((const struct file_error *)a)->path,
	    ((const struct file_error *)b)->path);
}

static void
add_failed(struct file_list *l, struct arena *a, const char *path, int error)
{
	*vec_push(&l->failed, a) = (struct file_error){
	    .path = arena_dup(a, path, strlen(path)),
	    .error = error,
	};
}

/* A directory that is walked. */
struct walk {
	struct file_list *l;
	struct arena *arena;
	const char *const *suffixes;
	const char *path;
	int level; /* below the one that was named */
};

static void walk_into(const struct walk *above, int dir, const char *name,
    const char *path);

/* Links to files are followed, those to directories only noted. */
static void
visit_link(const struct walk *w, int dir, const char *name, const char *path)
{
	struct stat st;
	bool there = fstatat(dir, name, &st, 0) == 0;

	if (there && S_ISDIR(st.st_mode) && *name != '.')
		*vec_push(&w->l->linked, w->arena) = path;
	else if (!file_has_suffix(name, w->suffixes))
		return;
	else if (!there)
		add_failed(w->l, w->arena, path, errno);
	else if (S_ISREG(st.st_mode))
		*vec_push(&w->l->path, w->arena) = path;
}

/* One step of the walk. */
static int
visit(void *arg, int dir, const struct dirent *e)
{
	const struct walk *w = arg;
	bool wanted = file_has_suffix(e->d_name, w->suffixes);
	bool slash = *w->path && w->path[strlen(w->path) - 1] == '/';
	struct stat st = {.st_mode = DTTOIF(e->d_type)};
	const char *path;

	if (!wanted && e->d_type == DT_REG)
		return 0;
	path = arena_printf(w->arena, "%s%s%s", w->path, slash ? "" : "/",
	    e->d_name);
	if (e->d_type == DT_UNKNOWN &&
	    fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		add_failed(w->l, w->arena, path, errno);
	else if (S_ISLNK(st.st_mode))
		visit_link(w, dir, e->d_name, path);
	else if (S_ISDIR(st.st_mode) && e->d_name[0] != '.')
		walk_into(w, dir, e->d_name, path);
	else if (S_ISREG(st.st_mode) && wanted)
		*vec_push(&w->l->path, w->arena) = path;
	return 0;
}

/* Visits all in the directory that is open as FD, or was not: then errno. */
static void
walk_open(struct walk *w, int fd)
{
	int error = fd < 0 ? errno : dir_each(fd, visit, w);

	if (error)
		add_failed(w->l, w->arena, w->path, error);
}

static void
walk_into(const struct walk *above, int dir, const char *name, const char *path)
{
	struct walk w = *above;

	w.path = path;
	w.level++;
	if (w.level > DEPTH_MAX)
		add_failed(w.l, w.arena, path, ENAMETOOLONG);
	else
		walk_open(&w, openat(dir, name, OPEN_DIRECTORY | O_NOFOLLOW));
}

int
file_read(struct arena *a, const char *path, size_t max, struct str *ret_text)
{
	int fd, error;

	if (strcmp(path, "-") == 0)
		return file_read_open(a, STDIN_FILENO, max, ret_text);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	error = file_read_open(a, fd, max, ret_text);
	close(fd);
	return error;
}

int
file_read_regular(struct arena *a, int fd, size_t max, struct str *ret_text)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return errno;
	return S_ISREG(st.st_mode) ? file_read_open(a, fd, max, ret_text)
				   : EINVAL;
}

int
file_read_at(struct arena *a, int dir, const char *name, size_t max,
    struct str *ret_text)
{
	int error,
	    fd = openat(dir, name,
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return errno;
	error = file_read_regular(a, fd, max, ret_text);
	close(fd);
	return error;
}

/* What replaces a file has its owner: root sees to it, others are it or may
 * not. */
static int
keep_owner(int fd, const struct stat *old)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return errno;
	if (geteuid() != 0 ||
	    (st.st_uid == old->st_uid && st.st_gid == old->st_gid))
		return 0;
	return fchown(fd, old->st_uid, old->st_gid) < 0 ? errno : 0;
}

/* Writes DATA to what is made, and gives it the name. */
static int
put_in_place(struct pending *p, const char *name, struct str data,
    const struct stat *old)
{
	int error = file_put(p->fd, data);

	if (!error && old && fchmod(p->fd, old->st_mode & 07777) < 0)
		error = errno;
	if (!error && old)
		error = keep_owner(p->fd, old);
	if (!error && fsync(p->fd) < 0)
		error = errno;
	if (error)
		return error;
	pending_lock(p);
	if (renameat(p->parent, p->name, p->parent, name) < 0)
		error = errno;
	else
		*p->name = '\0';
	pending_unlock(p);
	return error;
}

int
file_write_at(int dir, const char *name, struct str data)
{
	struct pending p;
	struct stat st;
	bool exists = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
	int error;

	if (!exists && errno != ENOENT)
		return errno;
	if (exists && !S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	error = pending_open(&p, dir, false, NULL, NULL);
	if (error)
		return error;
	pending_guard(&p);
	error = put_in_place(&p, name, data, exists ? &st : NULL);
	pending_close(&p);
	if (!error && fsync(dir) < 0)
		error = errno;
	return error;
}

/* The directory of PATH, whose last name it also gives; -1: errno. */
static int
open_parent(const char *path, const char **ret_name)
{
	char dir[PATH_MAX] = ".";
	size_t n;

	*ret_name = last_name(path);
	n = (size_t)(*ret_name - path);
	errno = !*path ? ENOENT : n >= sizeof(dir) ? ENAMETOOLONG : 0;
	if (errno)
		return -1;
	if (n > 0) {
		memcpy(dir, path, n);
		dir[n] = '\0';
	}
	return open(dir, OPEN_DIRECTORY);
}

int
file_open_parent(const char *path)
{
	char real[PATH_MAX];
	const char *name;

	return open_parent(realpath(path, real) ? real : path, &name);
}

int
file_write(const char *path, struct str data)
{
	char real[PATH_MAX];
	const char *name;
	int fd, error;

	if (realpath(path, real))
		path = real; /* the file that a link stands for */
	else if (errno != ENOENT)
		return errno;
	fd = open_parent(path, &name);
	if (fd < 0)
		return errno;
	error = *name ? file_write_at(fd, name, data) : EISDIR;
	close(fd);
	return error;
}

void
file_walk(struct file_list *l, struct arena *a, const char *dir,
    const char *const *suffixes)
{
	size_t paths = l->path.n, failed = l->failed.n, linked = l->linked.n;
	struct walk w = {
	    .l = l,
	    .arena = a,
	    .suffixes = suffixes,
	    .path = arena_dup(a, dir, strlen(dir)),
	};

	walk_open(&w, open(dir, OPEN_DIRECTORY));
	if (l->path.n > paths)
		qsort(l->path.v + paths, l->path.n - paths, sizeof(*l->path.v),
		    compare_path);
	if (l->linked.n > linked)
		qsort(l->linked.v + linked, l->linked.n - linked,
		    sizeof(*l->linked.v), compare_path);
	if (l->failed.n > failed)
		qsort(l->failed.v + failed, l->failed.n - failed,
		    sizeof(*l->failed.v), compare_failed);
}
