/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "folder.h"

static void
test_read(void **state)
{
	struct folder *f = *state;
	struct str text = STR("untouched");

	folder_put("empty", "");
	folder_put("file", "12345");
	assert_int_equal(file_read(&f->a, "file", 4, &text), EFBIG);
	assert_int_equal(file_read(&f->a, "file", 0, &text), EFBIG);
	assert_int_equal(file_read(&f->a, "none", 9, &text), ENOENT);
	assert_int_equal(file_read(&f->a, "", 9, &text), ENOENT);
	assert_int_equal(file_read(&f->a, ".", 9, &text), EISDIR);
	assert_int_equal(file_read(&f->a, "file/x", 9, &text), ENOTDIR);
	assert_string_equal(text.s, "untouched");

	assert_int_equal(file_read(&f->a, "file", 5, &text), 0);
	assert_true(str_is(text, "12345"));
	assert_int_equal(text.s[5], '\0');
	assert_int_equal(file_read(&f->a, "empty", 0, &text), 0);
	assert_int_equal(text.n, 0);
	assert_string_equal(text.s, "");
}

/* A size that is not known beforehand: pipes, and files of size 0. */
static void
test_read_unknown_size(void **state)
{
	static char data[50000];
	struct folder *f = *state;
	int pipes[2], saved = dup(STDIN_FILENO);
	struct str text = {0};

	memset(data, 'x', sizeof(data));
	for (int round = 0; round < 3; round++) {
		size_t max = round == 0 ? sizeof(data)
		    : round == 1        ? 1 << 20
					: sizeof(data) - 1;

		assert_int_equal(pipe(pipes), 0);
		assert_int_equal(write(pipes[1], data, sizeof(data)),
		    sizeof(data));
		close(pipes[1]);
		assert_true(dup2(pipes[0], STDIN_FILENO) >= 0);
		close(pipes[0]);
		if (round == 2) {
			assert_int_equal(file_read(&f->a, "-", max, &text),
			    EFBIG);
			break;
		}
		assert_int_equal(file_read(&f->a, "-", max, &text), 0);
		assert_int_equal(text.n, sizeof(data));
		assert_memory_equal(text.s, data, sizeof(data));
		assert_int_equal(text.s[text.n], '\0');
	}
	assert_true(dup2(saved, STDIN_FILENO) >= 0);
	close(saved);

	assert_int_equal(file_read(&f->a, "/proc/self/stat", 1 << 20, &text),
	    0);
	assert_true(text.n > 0);
	assert_int_equal(file_read(&f->a, "/dev/zero", 100000, &text), EFBIG);
}

static void
test_write(void **state)
{
	struct folder *f = *state;
	char name[NAME_MAX + 1];
	const char *path;
	struct stat st;

	assert_int_equal(file_write("new", STR("one")), 0);
	folder_check_content(&f->a, "new", "one");
	assert_int_equal(stat("new", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);

	assert_int_equal(chmod("new", 0600), 0);
	assert_int_equal(file_write("./new", STR("")), 0);
	folder_check_content(&f->a, "new", "");
	assert_int_equal(stat("new", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);

	assert_int_equal(mkdir("dir", 0755), 0);
	assert_int_equal(symlink("../new", "dir/link"), 0);
	assert_int_equal(file_write("dir/link", STR("two")), 0);
	folder_check_content(&f->a, "new", "two");
	assert_int_equal(lstat("dir/link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));

	path = arena_printf(&f->a, "%s/dir/abs", f->real);
	assert_int_equal(file_write(path, STR("three")), 0);
	folder_check_content(&f->a, "dir/abs", "three");

	memset(name, 'n', NAME_MAX);
	name[NAME_MAX] = '\0';
	assert_int_equal(file_write(name, STR("four")), 0);
	folder_check_content(&f->a, name, "four");
	assert_int_equal(unlink(name), 0);

	folder_check_names(&f->a, ".", "dir new");
	folder_check_names(&f->a, "dir", "abs link");
}

static void
test_write_refused(void **state)
{
	struct folder *f = *state;
	char name[NAME_MAX + 2];

	folder_put("file", "old");
	assert_int_equal(mkdir("dir", 0755), 0);
	assert_int_equal(mkfifo("fifo", 0644), 0);
	memset(name, 'n', NAME_MAX + 1);
	name[NAME_MAX + 1] = '\0';
	assert_int_equal(file_write("dir", STR("x")), EISDIR);
	assert_int_equal(file_write("dir/", STR("x")), EISDIR);
	assert_int_equal(file_write(".", STR("x")), EISDIR);
	assert_int_equal(file_write("none/x", STR("x")), ENOENT);
	assert_int_equal(file_write("none/", STR("x")), ENOENT);
	assert_int_equal(file_write("", STR("x")), ENOENT);
	assert_int_equal(file_write("file/x", STR("x")), ENOTDIR);
	assert_int_equal(file_write("fifo", STR("x")), EINVAL);
	assert_int_equal(file_write("/dev/null", STR("x")), EINVAL);
	assert_int_equal(file_write(name, STR("x")), ENAMETOOLONG);

	folder_limit_file_size(2); /* a short write, then an error */
	assert_int_equal(file_write("file", STR("text")), EFBIG);
	assert_int_equal(file_write("other", STR("text")), EFBIG);
	folder_limit_file_size(RLIM_INFINITY);
	folder_check_content(&f->a, "file", "old");
	folder_check_names(&f->a, ".", "dir fifo file");
	folder_check_names(&f->a, "dir", "");
}

static const char *const yaml[] = {".yaml", ".yml", NULL};

/* The list as text: a path a line, then what failed with its errno. */
static void
check_list(struct arena *a, const struct file_list *l, const char *want)
{
	struct buf b;

	buf_init(&b, a);
	buf_puts(&b, "");
	VEC_FOREACH (p, &l->path)
		buf_printf(&b, "%s\n", *p);
	VEC_FOREACH (e, &l->failed)
		buf_printf(&b, "%s: %s\n", e->path, strerrorname_np(e->error));
	assert_string_equal(b.p, want);
}

static void
test_walk(void **state)
{
	struct folder *f = *state;
	struct file_list l = {0};

	assert_int_equal(mkdir("d", 0755), 0);
	assert_int_equal(mkdir("d/a", 0755), 0);
	assert_int_equal(mkdir("d/.git", 0755), 0);
	assert_int_equal(mkdir("d/dir.yaml", 0755), 0);
	folder_put("d/a/z.yaml", "");
	folder_put("d/a-b.yaml", "");
	folder_put("d/a.yml", "");
	folder_put("d/B.yaml", "");
	folder_put("d/\xc3\xa9.yaml", "");
	folder_put("d/.hidden.yaml", "");
	folder_put("d/.yaml", "");
	folder_put("d/other.yaml.bak", "");
	folder_put("d/yaml", "");
	folder_put("d/.git/x.yaml", "");
	folder_put("d/dir.yaml/in.yaml", "");
	folder_put("outside", "");
	assert_int_equal(mkfifo("d/fifo.yaml", 0644), 0);
	assert_int_equal(symlink("../outside", "d/link.yaml"), 0);
	assert_int_equal(symlink("a", "d/linked.yaml"), 0);
	assert_int_equal(symlink("..", "d/a/up"), 0);
	assert_int_equal(symlink("none", "d/dangling.yaml"), 0);
	assert_int_equal(symlink("none", "d/dangling"), 0);
	assert_int_equal(symlink("loop.yml", "d/loop.yml"), 0);
	file_walk(&l, &f->a, "d", yaml);
	check_list(&f->a, &l,
	    "d/.hidden.yaml\n"
	    "d/.yaml\n"
	    "d/B.yaml\n"
	    "d/a-b.yaml\n"
	    "d/a.yml\n"
	    "d/a/z.yaml\n"
	    "d/dir.yaml/in.yaml\n"
	    "d/link.yaml\n"
	    "d/\xc3\xa9.yaml\n"
	    "d/dangling.yaml: ENOENT\n"
	    "d/loop.yml: ELOOP\n");
	assert_int_equal(l.linked.n, 2);
	assert_string_equal(l.linked.v[0], "d/a/up");
	assert_string_equal(l.linked.v[1], "d/linked.yaml");
}

/* The name as it was given comes first, and each walk adds. */
static void
test_walk_roots(void **state)
{
	struct folder *f = *state;
	struct file_list l = {0};

	assert_int_equal(mkdir("d", 0755), 0);
	assert_int_equal(mkdir(".h", 0755), 0);
	folder_put("d/x.yaml", "");
	folder_put(".h/y.yaml", "");
	assert_int_equal(symlink("d", "link"), 0);
	assert_int_equal(symlink("none", "dangling"), 0);
	file_walk(&l, &f->a, "link", yaml);
	file_walk(&l, &f->a, "d/", yaml);
	file_walk(&l, &f->a, ".h", yaml);
	file_walk(&l, &f->a, ".", yaml);
	file_walk(&l, &f->a, "none", yaml);
	file_walk(&l, &f->a, "dangling", yaml);
	file_walk(&l, &f->a, "", yaml);
	check_list(&f->a, &l,
	    "link/x.yaml\n"
	    "d/x.yaml\n"
	    ".h/y.yaml\n"
	    "./d/x.yaml\n"
	    "none: ENOENT\n"
	    "dangling: ENOENT\n"
	    ": ENOENT\n");
}

static void
test_walk_depth(void **state)
{
	struct folder *f = *state;
	struct file_list l = {0};
	struct buf path;

	buf_init(&path, &f->a);
	buf_puts(&path, "d");
	assert_int_equal(mkdir(path.p, 0755), 0);
	for (int i = 1; i <= 65; i++) {
		buf_puts(&path, "/d");
		assert_int_equal(mkdir(path.p, 0755), 0);
		if (i >= 64)
			folder_put(arena_printf(&f->a, "%s/x.yaml", path.p),
			    "");
	}
	file_walk(&l, &f->a, "d", yaml);
	assert_int_equal(l.path.n, 1);
	assert_int_equal(strlen(l.path.v[0]), 129 + strlen("/x.yaml"));
	assert_int_equal(l.failed.n, 1);
	assert_string_equal(l.failed.v[0].path, path.p);
	assert_int_equal(l.failed.v[0].error, ENAMETOOLONG);
}

/* Directories that may not be read; root may read them all. */
static void
test_walk_forbidden(void **state)
{
	struct folder *f = *state;
	struct file_list l = {0};
	bool root = geteuid() == 0;

	assert_int_equal(mkdir("d", 0755), 0);
	assert_int_equal(mkdir("d/no", 0755), 0);
	folder_put("d/no/x.yaml", "");
	folder_put("d/y.yaml", "");
	assert_int_equal(chmod("d/no", 0), 0);
	file_walk(&l, &f->a, "d", yaml);
	assert_int_equal(chmod("d/no", 0755), 0);
	check_list(&f->a, &l,
	    root ? "d/no/x.yaml\nd/y.yaml\n" : "d/y.yaml\nd/no: EACCES\n");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    FOLDER_TEST(test_read),
	    FOLDER_TEST(test_read_unknown_size),
	    FOLDER_TEST(test_write),
	    FOLDER_TEST(test_write_refused),
	    FOLDER_TEST(test_walk),
	    FOLDER_TEST(test_walk_roots),
	    FOLDER_TEST(test_walk_depth),
	    FOLDER_TEST(test_walk_forbidden),
	};

	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
