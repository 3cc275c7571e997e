/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compat.h"

#define READ_MIN ((size_t)16 << 10)
#define DEPTH_MAX 64 /* directories below the one that was named */
#define TMP_TRIES 100

static bool
is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* The last component of PATH. */
static const char *
last_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/*
 * A name beside PATH that is probably free; the caller creates it exclusively
 * and tries again when it is not.  It is hidden, so that no walk takes what a
 * killed process leaves behind for input.
 */
static int
temp_name(const char *path, char ret_tmp[static PATH_MAX])
{
	int n = snprintf(ret_tmp, PATH_MAX, "%.*s.cnpc-%08x",
	    (int)(last_name(path) - path), path, arc4random());

	return n < PATH_MAX ? 0 : ENAMETOOLONG;
}

/* Makes a rename in PATH's directory last. */
static int
sync_parent(const char *path)
{
	char dir[PATH_MAX] = ".";
	size_t n = (size_t)(last_name(path) - path);
	int fd, error = 0;

	if (n >= sizeof(dir))
		return ENAMETOOLONG;
	if (n > 0) {
		memcpy(dir, path, n);
		dir[n] = '\0';
	}
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	if (fsync(fd) < 0)
		error = errno;
	close(fd);
	return error;
}

static int
write_all(int fd, struct str data)
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

/*
 * Calls FN for each entry of the directory FD, which it closes, until one
 * fails.
 */
static int
each_entry(int fd, int (*fn)(int dir, const char *name))
{
	DIR *dir = fdopendir(fd);
	struct dirent *e;
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
			error = fn(fd, e->d_name);
	}
	closedir(dir);
	return error;
}

/* Removes a file or a directory with all that is in it; no link is followed. */
static int
remove_tree(int dir, const char *name)
{
	int error, fd;

	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		if (errno != ENOTDIR && errno != ELOOP)
			return errno;
		return unlinkat(dir, name, 0) < 0 ? errno : 0;
	}
	error = each_entry(fd, remove_tree);
	if (!error && unlinkat(dir, name, AT_REMOVEDIR) < 0)
		error = errno;
	return error;
}

/* Reads FD to its end. */
static int
read_all(struct arena *a, int fd, size_t max, struct str *ret_text)
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

static bool
has_suffix(const char *name, const char *const *suffixes)
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

/* One step of the walk. */
static void
visit(struct file_list *l, struct arena *a, FTS *fts, FTSENT *e,
    const char *const *suffixes)
{
	bool wanted = has_suffix(e->fts_name, suffixes);
	struct stat st;

	switch (e->fts_info) {
	case FTS_D:
		if (e->fts_level > 0 && e->fts_name[0] == '.') {
			fts_set(fts, e, FTS_SKIP);
		} else if (e->fts_level > DEPTH_MAX) {
			add_failed(l, a, e->fts_path, ENAMETOOLONG);
			fts_set(fts, e, FTS_SKIP);
		}
		break;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		add_failed(l, a, e->fts_path, e->fts_errno);
		break;
	case FTS_SLNONE: /* the one that was named */
	case FTS_SL:
		if (!wanted && e->fts_level > 0)
			break;
		if (stat(e->fts_accpath, &st) < 0)
			add_failed(l, a, e->fts_path, errno);
		else if (S_ISREG(st.st_mode))
			*vec_push(&l->path, a) =
			    arena_dup(a, e->fts_path, e->fts_pathlen);
		break;
	case FTS_F:
		if (wanted)
			*vec_push(&l->path, a) =
			    arena_dup(a, e->fts_path, e->fts_pathlen);
		break;
	}
}

int
file_read(struct arena *a, const char *path, size_t max, struct str *ret_text)
{
	int fd, error;

	if (strcmp(path, "-") == 0)
		return read_all(a, STDIN_FILENO, max, ret_text);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	error = read_all(a, fd, max, ret_text);
	close(fd);
	return error;
}

int
file_write(const char *path, struct str data)
{
	char real[PATH_MAX], tmp[PATH_MAX];
	bool exists = realpath(path, real);
	int fd, tries = 0, error;
	struct stat st;

	if (!exists && errno != ENOENT)
		return errno;
	if (exists) {
		path = real; /* the file that a link stands for */
		if (stat(path, &st) < 0)
			return errno;
		if (!S_ISREG(st.st_mode))
			return S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	}
	do {
		error = temp_name(path, tmp);
		if (error)
			return error;
		fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	} while (fd < 0 && errno == EEXIST && ++tries < TMP_TRIES);
	if (fd < 0)
		return errno;
	error = write_all(fd, data);
	if (!error && exists && fchmod(fd, st.st_mode & 07777) < 0)
		error = errno;
	if (!error && fsync(fd) < 0)
		error = errno;
	if (close(fd) < 0 && !error)
		error = errno;
	if (!error && rename(tmp, path) < 0)
		error = errno;
	if (error) {
		unlink(tmp);
		return error;
	}
	return sync_parent(path);
}

int
outdir_open(struct outdir *d, struct arena *a, const char *path)
{
	char real[PATH_MAX], tmp[PATH_MAX];
	size_t n = strlen(path);
	int error, tries = 0;
	struct stat st;

	*d = (struct outdir){.fd = -1};
	while (n > 1 && path[n - 1] == '/')
		n--;
	path = arena_dup(a, path, n);
	/* What cannot be renamed: "/", "." and "..". */
	if (n > 0 && (*last_name(path) == '\0' || is_dots(last_name(path))))
		return EINVAL;
	if (realpath(path, real)) {
		if (stat(real, &st) < 0)
			return errno;
		if (!S_ISDIR(st.st_mode))
			return ENOTDIR;
		path = arena_dup(a, real, strlen(real));
	} else if (errno != ENOENT || n == 0) {
		return errno;
	}
	do {
		error = temp_name(path, tmp);
		if (error)
			return error;
		error = mkdir(tmp, 0777) < 0 ? errno : 0;
	} while (error == EEXIST && ++tries < TMP_TRIES);
	if (error)
		return error;
	d->path = path;
	d->tmp = arena_dup(a, tmp, strlen(tmp));
	d->fd = open(tmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return d->fd < 0 ? errno : 0;
}

int
outdir_mkdir(struct outdir *d, const char *rel)
{
	return mkdirat(d->fd, rel, 0777) < 0 ? errno : 0;
}

int
outdir_write(struct outdir *d, const char *rel, struct str data)
{
	int error, fd;

	fd = openat(d->fd, rel, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return errno;
	error = write_all(fd, data);
	if (close(fd) < 0 && !error)
		error = errno;
	return error;
}

int
outdir_commit(struct outdir *d)
{
	bool exchanged = false;
	int error, old = 0;

	/*
	 * All at once: a disk takes a thousand files as fast as one, but not
	 * when it is waited for after each.
	 */
	if (syncfs(d->fd) < 0)
		return errno;
	if (rename(d->tmp, d->path) < 0) {
		if (errno != ENOTEMPTY && errno != EEXIST)
			return errno;
		if (renameat2(AT_FDCWD, d->tmp, AT_FDCWD, d->path,
			RENAME_EXCHANGE) < 0)
			return errno;
		exchanged = true;
	}
	error = sync_parent(d->path);
	if (exchanged)
		old = remove_tree(AT_FDCWD, d->tmp);
	if (error || old)
		return error ? error : old;
	d->tmp = NULL;
	outdir_abort(d);
	return 0;
}

void
outdir_abort(struct outdir *d)
{
	if (d->tmp)
		remove_tree(AT_FDCWD, d->tmp);
	if (d->fd >= 0)
		close(d->fd);
	*d = (struct outdir){.fd = -1};
}

void
file_walk(struct file_list *l, struct arena *a, const char *dir,
    const char *const *suffixes)
{
	size_t paths = l->path.n, failed = l->failed.n;
	char *root[] = {arena_dup(a, dir, strlen(dir)), NULL};
	FTS *fts;
	FTSENT *e;

	fts = fts_open(root, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL);
	if (!fts) {
		add_failed(l, a, dir, errno);
		return;
	}
	while ((errno = 0, e = fts_read(fts)))
		visit(l, a, fts, e, suffixes);
	if (errno)
		add_failed(l, a, dir, errno);
	fts_close(fts);
	if (l->path.n > paths)
		qsort(l->path.v + paths, l->path.n - paths, sizeof(*l->path.v),
		    compare_path);
	if (l->failed.n > failed)
		qsort(l->failed.v + failed, l->failed.n - failed,
		    sizeof(*l->failed.v), compare_failed);
}
