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

/* Each test runs in an empty directory of its own. */
struct fixture {
	char dir[32];
	char real[PATH_MAX];
	struct arena a;
};

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	strcpy(f->dir, P_tmpdir "/cnpc-test-XXXXXX");
	umask(022);
	*state = f;
	if (!mkdtemp(f->dir) || !realpath(f->dir, f->real))
		return -1;
	return chdir(f->dir);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(&f->a);
	if (chdir("/") < 0 ||
	    nftw(f->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0)
		return -1;
	free(f);
	return 0;
}

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
check_content(struct arena *a, const char *path, const char *want)
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

/* All names in DIR but dots, hidden ones too, joined with spaces. */
static void
check_names(struct arena *a, const char *dir, const char *want)
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

/* Makes writes fail in the middle, as on a full disk. */
static void
limit_file_size(rlim_t size)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size < limit.rlim_max ? size : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void
test_read(void **state)
{
	struct fixture *f = *state;
	struct str text = STR("untouched");

	put("empty", "");
	put("file", "12345");
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
	struct fixture *f = *state;
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
	struct fixture *f = *state;
	char name[NAME_MAX + 1];
	const char *path;
	struct stat st;

	assert_int_equal(file_write("new", STR("one")), 0);
	check_content(&f->a, "new", "one");
	assert_int_equal(stat("new", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);

	assert_int_equal(chmod("new", 0600), 0);
	assert_int_equal(file_write("./new", STR("")), 0);
	check_content(&f->a, "new", "");
	assert_int_equal(stat("new", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);

	assert_int_equal(mkdir("dir", 0755), 0);
	assert_int_equal(symlink("../new", "dir/link"), 0);
	assert_int_equal(file_write("dir/link", STR("two")), 0);
	check_content(&f->a, "new", "two");
	assert_int_equal(lstat("dir/link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));

	path = arena_printf(&f->a, "%s/dir/abs", f->real);
	assert_int_equal(file_write(path, STR("three")), 0);
	check_content(&f->a, "dir/abs", "three");

	memset(name, 'n', NAME_MAX);
	name[NAME_MAX] = '\0';
	assert_int_equal(file_write(name, STR("four")), 0);
	check_content(&f->a, name, "four");
	assert_int_equal(unlink(name), 0);

	check_names(&f->a, ".", "dir new");
	check_names(&f->a, "dir", "abs link");
}

static void
test_write_refused(void **state)
{
	struct fixture *f = *state;
	char name[NAME_MAX + 2];

	put("file", "old");
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

	limit_file_size(2); /* a short write, then an error */
	assert_int_equal(file_write("file", STR("text")), EFBIG);
	assert_int_equal(file_write("other", STR("text")), EFBIG);
	limit_file_size(RLIM_INFINITY);
	check_content(&f->a, "file", "old");
	check_names(&f->a, ".", "dir fifo file");
	check_names(&f->a, "dir", "");
}

static void
build(struct arena *a, const char *path, const char *text)
{
	struct outdir d;

	assert_int_equal(outdir_open(&d, a, path), 0);
	assert_int_equal(outdir_write(&d, "top", str_of(text)), 0);
	assert_int_equal(outdir_mkdir(&d, "maps"), 0);
	assert_int_equal(outdir_write(&d, "maps/one", STR("1")), 0);
	assert_int_equal(outdir_write(&d, "maps/empty", STR("")), 0);
	assert_int_equal(outdir_commit(&d), 0);
	assert_null(d.tmp);
	outdir_abort(&d); /* does nothing more */
}

static void
check_built(struct arena *a, const char *path, const char *text)
{
	check_names(a, path, "maps top");
	check_content(a, arena_printf(a, "%s/top", path), text);
	check_names(a, arena_printf(a, "%s/maps", path), "empty one");
	check_content(a, arena_printf(a, "%s/maps/one", path), "1");
}

static void
test_outdir(void **state)
{
	struct fixture *f = *state;
	struct outdir d;
	struct stat st;

	/* not there before it is complete */
	assert_int_equal(outdir_open(&d, &f->a, "out"), 0);
	assert_int_equal(outdir_write(&d, "top", STR("x")), 0);
	assert_int_equal(access("out", F_OK), -1);
	outdir_abort(&d);
	outdir_abort(&d);
	check_names(&f->a, ".", "");

	build(&f->a, "out", "first");
	check_built(&f->a, "out", "first");
	assert_int_equal(stat("out", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(stat("out/top", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	check_names(&f->a, ".", "out");

	build(&f->a, "out///", "second");
	check_built(&f->a, "out", "second");
	build(&f->a, arena_printf(&f->a, "%s/out", f->real), "third");
	check_built(&f->a, "out", "third");
	assert_int_equal(mkdir("empty", 0755), 0);
	build(&f->a, "./empty", "fourth");
	check_built(&f->a, "empty", "fourth");
	assert_int_equal(symlink("out", "link"), 0);
	build(&f->a, "link", "fifth");
	check_built(&f->a, "out", "fifth");
	build(&f->a, "out/maps/deeper", "sixth");
	check_built(&f->a, "out/maps/deeper", "sixth");
	check_names(&f->a, ".", "empty link out");
}

/* All of the old directory goes, and nothing that it merely points to. */
static void
test_outdir_replaces_all(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdir("kept", 0755), 0);
	put("kept/file", "kept");
	assert_int_equal(mkdir("out", 0755), 0);
	assert_int_equal(symlink("../kept", "out/link"), 0);
	assert_int_equal(symlink("out", "out/loop"), 0);
	assert_int_equal(mkfifo("out/fifo", 0644), 0);
	assert_int_equal(mkdir("out/a", 0755), 0);
	assert_int_equal(mkdir("out/a/.b", 0755), 0);
	put("out/a/.b/c", "");
	assert_int_equal(link("kept/file", "out/hard"), 0);
	build(&f->a, "out", "new");
	check_built(&f->a, "out", "new");
	check_names(&f->a, ".", "kept out");
	check_content(&f->a, "kept/file", "kept");
}

static void
test_outdir_refused(void **state)
{
	static const struct {
		const char *path;
		int error;
	} cases[] = {
	    {"", ENOENT},
	    {".", EINVAL},
	    {"..", EINVAL},
	    {"/", EINVAL},
	    {"///", EINVAL},
	    {"dir/.", EINVAL},
	    {"dir/..", EINVAL},
	    {"dir/../", EINVAL},
	    {"file", ENOTDIR},
	    {"file/", ENOTDIR},
	    {"file/x", ENOTDIR},
	    {"none/x", ENOENT},
	};
	struct fixture *f = *state;
	struct outdir d;

	put("file", "old");
	assert_int_equal(mkdir("dir", 0755), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(outdir_open(&d, &f->a, cases[i].path),
		    cases[i].error);
		outdir_abort(&d);
	}
	check_names(&f->a, ".", "dir file");
	check_names(&f->a, "dir", "");
}

static void
test_outdir_failures(void **state)
{
	struct fixture *f = *state;
	struct outdir d;

	build(&f->a, "out", "old");
	assert_int_equal(outdir_open(&d, &f->a, "out"), 0);
	assert_int_equal(outdir_write(&d, "a", STR("")), 0);
	assert_int_equal(outdir_write(&d, "a", STR("")), EEXIST);
	assert_int_equal(outdir_write(&d, "sub/a", STR("")), ENOENT);
	assert_int_equal(outdir_mkdir(&d, "a"), EEXIST);
	limit_file_size(2);
	assert_int_equal(outdir_write(&d, "b", STR("text")), EFBIG);
	limit_file_size(RLIM_INFINITY);
	outdir_abort(&d);
	check_built(&f->a, "out", "old");
	check_names(&f->a, ".", "out");

	/* Something else took the name meanwhile. */
	assert_int_equal(outdir_open(&d, &f->a, "other"), 0);
	assert_int_equal(outdir_write(&d, "a", STR("")), 0);
	put("other", "file");
	assert_int_equal(outdir_commit(&d), ENOTDIR);
	outdir_abort(&d);
	check_content(&f->a, "other", "file");
	check_names(&f->a, ".", "other out");
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
	struct fixture *f = *state;
	struct file_list l = {0};

	assert_int_equal(mkdir("d", 0755), 0);
	assert_int_equal(mkdir("d/a", 0755), 0);
	assert_int_equal(mkdir("d/.git", 0755), 0);
	assert_int_equal(mkdir("d/dir.yaml", 0755), 0);
	put("d/a/z.yaml", "");
	put("d/a-b.yaml", "");
	put("d/a.yml", "");
	put("d/B.yaml", "");
	put("d/\xc3\xa9.yaml", "");
	put("d/.hidden.yaml", "");
	put("d/.yaml", "");
	put("d/other.yaml.bak", "");
	put("d/yaml", "");
	put("d/.git/x.yaml", "");
	put("d/dir.yaml/in.yaml", "");
	put("outside", "");
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
}

/* The name as it was given stands in front, and each walk adds. */
static void
test_walk_roots(void **state)
{
	struct fixture *f = *state;
	struct file_list l = {0};

	assert_int_equal(mkdir("d", 0755), 0);
	assert_int_equal(mkdir(".h", 0755), 0);
	put("d/x.yaml", "");
	put(".h/y.yaml", "");
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
	struct fixture *f = *state;
	struct file_list l = {0};
	struct buf path;

	buf_init(&path, &f->a);
	buf_puts(&path, "d");
	assert_int_equal(mkdir(path.p, 0755), 0);
	for (int i = 1; i <= 65; i++) {
		buf_puts(&path, "/d");
		assert_int_equal(mkdir(path.p, 0755), 0);
		if (i >= 64)
			put(arena_printf(&f->a, "%s/x.yaml", path.p), "");
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
	struct fixture *f = *state;
	struct file_list l = {0};
	bool root = geteuid() == 0;

	assert_int_equal(mkdir("d", 0755), 0);
	assert_int_equal(mkdir("d/no", 0755), 0);
	put("d/no/x.yaml", "");
	put("d/y.yaml", "");
	assert_int_equal(chmod("d/no", 0), 0);
	file_walk(&l, &f->a, "d", yaml);
	assert_int_equal(chmod("d/no", 0755), 0);
	check_list(&f->a, &l,
	    root ? "d/no/x.yaml\nd/y.yaml\n" : "d/y.yaml\nd/no: EACCES\n");
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    TEST(test_read),
	    TEST(test_read_unknown_size),
	    TEST(test_write),
	    TEST(test_write_refused),
	    TEST(test_outdir),
	    TEST(test_outdir_replaces_all),
	    TEST(test_outdir_refused),
	    TEST(test_outdir_failures),
	    TEST(test_walk),
	    TEST(test_walk_roots),
	    TEST(test_walk_depth),
	    TEST(test_walk_forbidden),
	};

	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
