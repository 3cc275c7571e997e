/* SPDX-License-Identifier: Apache-2.0 */

/* Directories that appear whole, and what they may replace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/outdir.h"
#include "folder.h"

/* What may be replaced here: a directory that has the file "top". */
static bool
ours(void *arg, int fd)
{
	return faccessat(fd, "top", F_OK, 0) == 0;
}

static void
build(struct arena *a, const char *path, const char *text)
{
	struct outdir d;

	assert_int_equal(outdir_open(&d, a, path, ours, ours, NULL), 0);
	assert_int_equal(outdir_write(&d, "top", str_of(text)), 0);
	assert_int_equal(outdir_mkdir(&d, "maps"), 0);
	assert_int_equal(outdir_write(&d, "maps/one", STR("1")), 0);
	assert_int_equal(outdir_write(&d, "maps/empty", STR("")), 0);
	assert_int_equal(outdir_commit(&d), 0);
	outdir_close(&d); /* does nothing more */
}

static void
check_built(struct arena *a, const char *path, const char *text)
{
	folder_check_names(a, path, "maps top");
	folder_check_content(a, arena_printf(a, "%s/top", path), text);
	folder_check_names(a, arena_printf(a, "%s/maps", path), "empty one");
	folder_check_content(a, arena_printf(a, "%s/maps/one", path), "1");
}

static void
test_outdir(void **state)
{
	struct folder *f = *state;
	struct outdir d;
	struct stat st;

	/* not there before it is complete */
	assert_int_equal(outdir_open(&d, &f->a, "out", ours, ours, NULL), 0);
	assert_int_equal(outdir_write(&d, "top", STR("x")), 0);
	assert_int_equal(access("out", F_OK), -1);
	outdir_close(&d);
	outdir_close(&d);
	folder_check_names(&f->a, ".", "");

	build(&f->a, "out", "first");
	check_built(&f->a, "out", "first");
	assert_int_equal(stat("out", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(stat("out/top", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	folder_check_names(&f->a, ".", "out");

	build(&f->a, "out///", "second");
	check_built(&f->a, "out", "second");
	build(&f->a, arena_printf(&f->a, "%s/out", f->real), "third");
	check_built(&f->a, "out", "third");
	assert_int_equal(mkdir("empty", 0755), 0);
	build(&f->a, "./empty", "fourth");
	check_built(&f->a, "empty", "fourth");
	build(&f->a, "out/maps/deeper", "fifth");
	check_built(&f->a, "out/maps/deeper", "fifth");
	folder_check_names(&f->a, ".", "empty out");
}

/* All of the old directory goes, and nothing that it merely points to. */
static void
test_outdir_replaces_all(void **state)
{
	struct folder *f = *state;

	assert_int_equal(mkdir("kept", 0755), 0);
	folder_put("kept/file", "kept");
	assert_int_equal(mkdir("out", 0755), 0);
	assert_int_equal(symlink("../kept", "out/link"), 0);
	assert_int_equal(symlink("out", "out/loop"), 0);
	assert_int_equal(mkfifo("out/fifo", 0644), 0);
	assert_int_equal(mkdir("out/a", 0755), 0);
	assert_int_equal(mkdir("out/a/.b", 0755), 0);
	folder_put("out/a/.b/c", "");
	folder_put("out/top", "old");
	assert_int_equal(link("kept/file", "out/hard"), 0);
	build(&f->a, "out", "new");
	check_built(&f->a, "out", "new");
	folder_check_names(&f->a, ".", "kept out");
	folder_check_content(&f->a, "kept/file", "kept");
}

static void
test_outdir_refused(void **state)
{
	static const struct {
		const char *path;
		int error;
	} cases[] = {
	    {"", ENOENT},
	    {".", EEXIST},
	    {"..", EEXIST},
	    {"/", EEXIST},
	    {"///", EEXIST},
	    {"dir/.", EINVAL},
	    {"dir/..", EEXIST},
	    {"dir/../", EEXIST},
	    {"file", ENOTDIR},
	    {"file/", ENOTDIR},
	    {"file/x", ENOTDIR},
	    {"none/x", ENOENT},
	    {"link", ELOOP},
	    {"link/", ELOOP},
	    {"dangling", ELOOP},
	    {"foreign", EEXIST},
	    {"foreign/", EEXIST},
	};
	struct folder *f = *state;
	struct outdir d;

	folder_put("file", "old");
	assert_int_equal(mkdir("dir", 0755), 0);
	assert_int_equal(mkdir("foreign", 0755), 0);
	folder_put("foreign/letter", "dear");
	assert_int_equal(symlink("dir", "link"), 0);
	assert_int_equal(symlink("none", "dangling"), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(outdir_open(&d, &f->a, cases[i].path, ours,
				     ours, NULL),
		    cases[i].error);
		outdir_close(&d);
	}
	folder_check_names(&f->a, ".", "dangling dir file foreign link");
	folder_check_names(&f->a, "dir", "");
	folder_check_content(&f->a, "foreign/letter", "dear");
}

static void
test_outdir_failures(void **state)
{
	struct folder *f = *state;
	struct outdir d;

	build(&f->a, "out", "old");
	assert_int_equal(outdir_open(&d, &f->a, "out", ours, ours, NULL), 0);
	assert_int_equal(outdir_write(&d, "a", STR("")), 0);
	assert_int_equal(outdir_write(&d, "a", STR("")), EEXIST);
	assert_int_equal(outdir_write(&d, "sub/a", STR("")), ENOENT);
	assert_int_equal(outdir_mkdir(&d, "a"), EEXIST);
	folder_limit_file_size(2);
	assert_int_equal(outdir_write(&d, "b", STR("text")), EFBIG);
	folder_limit_file_size(RLIM_INFINITY);
	outdir_close(&d);
	check_built(&f->a, "out", "old");
	folder_check_names(&f->a, ".", "out");

	/* Something else took the name meanwhile. */
	assert_int_equal(outdir_open(&d, &f->a, "other", ours, ours, NULL), 0);
	assert_int_equal(outdir_write(&d, "a", STR("")), 0);
	folder_put("other", "file");
	assert_int_equal(outdir_commit(&d), ENOTDIR);
	outdir_close(&d);
	folder_check_content(&f->a, "other", "file");
	folder_check_names(&f->a, ".", "other out");
}

/* The directory that was checked is not the one that is there at the end. */
static void
test_outdir_checks_again(void **state)
{
	struct folder *f = *state;
	struct outdir d;

	build(&f->a, "out", "old");
	assert_int_equal(outdir_open(&d, &f->a, "out", ours, ours, NULL), 0);
	assert_int_equal(outdir_write(&d, "top", STR("new")), 0);
	assert_int_equal(rename("out", "elsewhere"), 0);
	assert_int_equal(mkdir("out", 0755), 0);
	folder_put("out/letter", "dear");
	assert_int_equal(outdir_commit(&d), EEXIST);
	outdir_close(&d);
	folder_check_names(&f->a, ".", "elsewhere out");
	folder_check_content(&f->a, "out/letter", "dear");
	check_built(&f->a, "elsewhere", "old");
}

/* Two at once: both are whole, and the last one stays. */
static void
test_outdir_two(void **state)
{
	struct folder *f = *state;
	struct outdir d, e;

	assert_int_equal(outdir_open(&d, &f->a, "out", ours, ours, NULL), 0);
	assert_int_equal(outdir_open(&e, &f->a, "out", ours, ours, NULL), 0);
	assert_int_equal(outdir_write(&d, "top", STR("one")), 0);
	assert_int_equal(outdir_write(&e, "top", STR("two")), 0);
	assert_int_equal(outdir_commit(&d), 0);
	assert_int_equal(outdir_commit(&e), 0);
	outdir_close(&e);
	outdir_close(&d);
	folder_check_names(&f->a, ".", "out");
	folder_check_content(&f->a, "out/top", "two");
}

/* Begins to make "out" and says so; never returns. */
static void
half_make(int ready)
{
	struct arena a = {0};
	struct outdir d;

	if (outdir_open(&d, &a, "out", ours, ours, NULL) != 0)
		_exit(1);
	outdir_guard(&d);
	if (outdir_mkdir(&d, "maps") != 0 ||
	    outdir_write(&d, "maps/one", STR("1")) != 0 ||
	    outdir_write(&d, "top", STR("half")) != 0 ||
	    write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

/*
 * Ends a process that has half a directory with SIG, which whoever started the
 * test may have ignored.
 */
static void
end_with(int sig)
{
	int fds[2], status;
	char byte;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		signal(sig, SIG_DFL);
		half_make(fds[1]);
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	close(fds[0]);
	assert_int_equal(kill(pid, sig), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), sig);
}

static void
test_outdir_signals(void **state)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct folder *f = *state;

	build(&f->a, "out", "old");
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		end_with(signals[i]);
		folder_check_names(&f->a, ".", "out");
		check_built(&f->a, "out", "old");
	}
}

/* What a killed process leaves goes with the next one; nothing else does. */
static void
test_outdir_leftovers(void **state)
{
	struct folder *f = *state;
	int fd;

	build(&f->a, "out", "old");
	end_with(SIGKILL);
	assert_int_equal(mkdir(".cnpc-foreign", 0755), 0);
	folder_put(".cnpc-foreign/letter", "dear");
	assert_int_equal(mkdir(".cnpc-empty", 0755), 0);
	folder_put(".cnpc-file", "half");
	assert_int_equal(mkdir(".cnpc-alive", 0755), 0);
	fd = open(".cnpc-alive", O_RDONLY | O_DIRECTORY);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	build(&f->a, "out", "new");
	check_built(&f->a, "out", "new");
	folder_check_names(&f->a, ".", ".cnpc-alive .cnpc-foreign out");
	close(fd);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    FOLDER_TEST(test_outdir),
	    FOLDER_TEST(test_outdir_replaces_all),
	    FOLDER_TEST(test_outdir_refused),
	    FOLDER_TEST(test_outdir_failures),
	    FOLDER_TEST(test_outdir_checks_again),
	    FOLDER_TEST(test_outdir_two),
	    FOLDER_TEST(test_outdir_signals),
	    FOLDER_TEST(test_outdir_leftovers),
	};

	return cmocka_run_group_tests_name("outdir", tests, NULL, NULL);
}
