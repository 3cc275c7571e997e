/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a parser that somebody took over could still do: a child enters the
 * sandbox, works as ours do, and then tries to get out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <seccomp.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/sandbox.h"

/* A folder with a place for results, and one that is not ours. */
struct fixture {
	char dir[PATH_MAX];
	char out[PATH_MAX], elsewhere[PATH_MAX];
};

static void
open_fixture(struct fixture *f)
{
	snprintf(f->dir, sizeof(f->dir), "%s/sandbox-XXXXXX",
	    getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->out, sizeof(f->out), "%.*s/out", PATH_MAX - 8, f->dir);
	snprintf(f->elsewhere, sizeof(f->elsewhere), "%.*s/not", PATH_MAX - 8,
	    f->dir);
	assert_int_equal(mkdir(f->out, 0700), 0);
	assert_int_equal(mkdir(f->elsewhere, 0700), 0);
}

static void
close_fixture(struct fixture *f)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.*s/kept", PATH_MAX - 8, f->elsewhere);
	unlink(path);
	snprintf(path, sizeof(path), "%.*s/result", PATH_MAX - 8, f->out);
	unlink(path);
	assert_int_equal(rmdir(f->elsewhere), 0);
	assert_int_equal(rmdir(f->out), 0);
	assert_int_equal(rmdir(f->dir), 0);
}

/* What limits an action; our own work has to succeed in any case. */
enum limit {
	BY_CALLS,
	BY_PLACES,
	BY_NOTHING,
};

static bool
is_limited(enum limit limit, const struct sandbox *in_force)
{
	return limit == BY_NOTHING ||
	    (limit == BY_CALLS ? in_force->calls : in_force->places);
}

/*
 * Runs ACTION in a child's sandbox.  Returns what it returned; 0 when it did
 * not run, because nothing here limits it: it would succeed.
 */
static int
attempt(const struct fixture *f, int (*action)(const struct fixture *),
    enum limit limit)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct sandbox_place place = {open(f->out,
						  O_RDONLY | O_DIRECTORY),
		    SANDBOX_WRITE};
		struct sandbox in_force = {0};

		if (sandbox_keep_capabilities(SANDBOX_FILE_CAPABILITIES) != 0 ||
		    sandbox_enter(&place, 1, &in_force) != 0)
			_exit(255);
		_exit(is_limited(limit, &in_force) ? action(f) : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int
opens_socket(const struct fixture *f)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0 ||
	    socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || errno != EPERM;
}

static int
runs_program(const struct fixture *f)
{
	char name[] = "true", *argv[] = {name, NULL};

	execve("/bin/true", argv, argv + 1);
	return errno != EPERM && errno != EACCES;
}

static int
signals_parent(const struct fixture *f)
{
	return kill(getppid(), 0) == 0 || errno != EPERM;
}

static int
traces_parent(const struct fixture *f)
{
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0 ||
	    errno != EPERM;
}

static int
mounts(const struct fixture *f)
{
	return mount("none", f->out, "tmpfs", 0, NULL) == 0 || errno != EPERM;
}

/* Of a root that is no more than the owner of every file. */
static int
has_capabilities(const struct fixture *f)
{
	FILE *status = fopen("/proc/self/status", "r");
	unsigned long long permitted = 0;
	char line[256];

	while (status && fgets(line, sizeof(line), status)) {
		if (sscanf(line, "CapPrm: %llx", &permitted) == 1)
			return (permitted & ~SANDBOX_FILE_CAPABILITIES) != 0;
	}
	return 2;
}

static int
writes_elsewhere(const struct fixture *f)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.*s/new", PATH_MAX - 8, f->elsewhere);
	return open(path, O_WRONLY | O_CREAT, 0600) >= 0 || errno != EACCES;
}

static int
changes_elsewhere(const struct fixture *f)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.*s/kept", PATH_MAX - 8, f->elsewhere);
	return open(path, O_WRONLY) >= 0 || errno != EACCES ||
	    open(path, O_RDONLY | O_TRUNC) >= 0 || unlink(path) == 0 ||
	    mkdir(f->elsewhere, 0700) == 0;
}

static void *
nothing(void *arg)
{
	return arg;
}

/* What our own code does: 0 when all of it still works. */
static int
works(const struct fixture *f)
{
	struct str text, data = STR("whole\n");
	struct arena a = {0};
	char path[PATH_MAX];
	pthread_t thread;
	int error;

	if (pthread_create(&thread, NULL, nothing, NULL) != 0 ||
	    pthread_join(thread, NULL) != 0)
		return 1;
	snprintf(path, sizeof(path), "%.*s/kept", PATH_MAX - 8, f->elsewhere);
	if (file_read(&a, path, 100, &text) != 0 || !str_is(text, "kept\n"))
		return 2;
	snprintf(path, sizeof(path), "%.*s/result", PATH_MAX - 8, f->out);
	error = file_write(path, data);
	arena_free(&a);
	return error != 0 ? 3 : 0;
}

static void
test_sandbox(void **state)
{
	static const struct {
		const char *what;
		int (*attempt)(const struct fixture *f);
		enum limit limit;
	} cases[] = {
	    {"open a socket", opens_socket, BY_CALLS},
	    {"run a program", runs_program, BY_CALLS},
	    {"signal the parent", signals_parent, BY_CALLS},
	    {"trace the parent", traces_parent, BY_CALLS},
	    {"mount", mounts, BY_CALLS},
	    {"have capabilities", has_capabilities, BY_CALLS},
	    {"write elsewhere", writes_elsewhere, BY_PLACES},
	    {"change what is elsewhere", changes_elsewhere, BY_PLACES},
	    {"work", works, BY_NOTHING},
	};
	char path[PATH_MAX];
	struct fixture f;
	FILE *kept;

	open_fixture(&f);
	snprintf(path, sizeof(path), "%.*s/kept", PATH_MAX - 8, f.elsewhere);
	kept = fopen(path, "w");
	assert_non_null(kept);
	assert_true(fputs("kept\n", kept) >= 0);
	assert_int_equal(fclose(kept), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int got = attempt(&f, cases[i].attempt, cases[i].limit);

		if (got != 0)
			fail_msg("%s: %d", cases[i].what, got);
	}
	close_fixture(&f);
}

/* From here on the kernel says what one without filters says. */
static int
lose_filters(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int error = filter ? 0 : -ENOMEM;

	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL),
		    SCMP_SYS(prctl), 1,
		    SCMP_A0(SCMP_CMP_EQ, PR_GET_SECCOMP, 0));
	if (!error)
		error = seccomp_load(filter);
	seccomp_release(filter);
	return error;
}

/* Where the sandbox leaves out that half: 0; else where it failed. */
static int
enter_without_filters(void)
{
	struct sandbox in_force = {.calls = true};

	if (lose_filters() != 0)
		return 1;
	if (sandbox_enter(NULL, 0, &in_force) != 0)
		return 2;
	return in_force.calls ? 3 : 0;
}

static void
test_without_filters(void **state)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(enter_without_filters());
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sandbox),
	    cmocka_unit_test(test_without_filters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
