/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories of tests: made, looked into, removed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "folder.h"

#include <dirent.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

int
folder_setup(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	strcpy(f->dir, P_tmpdir "/cnpc-test-XXXXXX");
	umask(022);
	*state = f;
	if (!mkdtemp(f->dir) || !realpath(f->dir, f->real))
		return -1;
	return chdir(f->dir);
}

int
folder_teardown(void **state)
{
	struct folder *f = *state;

	arena_free(&f->a);
	if (chdir("/") < 0 ||
	    nftw(f->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0)
		return -1;
	free(f);
	return 0;
}

void
folder_put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

void
folder_check_content(struct arena *a, const char *path, const char *want)
{
	struct str text;

	assert_int_equal(file_read(a, path, 1 << 20, &text), 0);
	assert_string_equal(text.s, want);
}

static int
compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

void
folder_check_names(struct arena *a, const char *dir, const char *want)
{
	struct dirent **v;
	struct buf b;
	int n = scandir(dir, &v, NULL, compare_names);

	assert_true(n >= 0);
	buf_init(&b, a);
	buf_puts(&b, "");
	for (int i = 0; i < n; i++) {
		const char *name = v[i]->d_name;

		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
			buf_printf(&b, "%s%s", b.n ? " " : "", name);
		free(v[i]);
	}
	free(v);
	assert_string_equal(b.p, want);
}

void
folder_limit_file_size(rlim_t size)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size < limit.rlim_max ? size : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}
