/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What somebody could still do who took over one of the two processes that
 * verify a bundle: each is entered, as root, and tries to get out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "folder.h"
#include "kernel/confine.h"
#include "kernel_test.h"

enum process {
	READER,
	ASKER,
};

#define OWNER 12345

/*
 * Runs ATTEMPT, which returns 0 when it fails as it should, in one of the
 * processes, whose bundle is "bundle".
 */
static int
attempt(enum process process, int (*try)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		int error = process == READER ? confine_reader("bundle")
					      : confine_asker();

		_exit(error ? 255 : try());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int
runs_program(void)
{
	char name[] = "true", *argv[] = {name, NULL};

	execve("/bin/true", argv, argv + 1);
	return errno != EPERM && errno != EACCES;
}

static int
sends(void)
{
	return socket(AF_INET, SOCK_DGRAM, 0) >= 0 ||
	    socket(AF_PACKET, SOCK_RAW, 0) >= 0 ||
	    socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}

static int
writes(void)
{
	return open("elsewhere", O_WRONLY | O_CREAT, 0600) >= 0 ||
	    open("kept", O_WRONLY) >= 0 || unlink("kept") == 0;
}

/* Without Landlock, which Linux before 5.13 does not have, root's processes may
 * write to root's files. */
static bool
places_unlimited(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0,
		   LANDLOCK_CREATE_RULESET_VERSION) < 0;
}

static int
writes_bundle(void)
{
	return open("bundle/new", O_WRONLY | O_CREAT, 0600) >= 0;
}

static int
uses_bpf(void)
{
	return !kernel_missing();
}

static int
signals(void)
{
	return kill(getppid(), 0) == 0 || errno != EPERM;
}

/* Root's rights over files, and what it may become. */
static int
is_root(void)
{
	struct __user_cap_header_struct head = {
	    .version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	return setuid(0) == 0 || chroot(".") == 0 ||
	    syscall(SYS_capget, &head, data) == 0;
}

static int
reads_as_root(void)
{
	return open("secret", O_RDONLY) >= 0;
}

static void
test_confined(void **state)
{
	const struct {
		const char *what;
		int (*try)(void);
		bool may[2]; /* by enum process: it succeeds */
	} cases[] = {
	    {"run a program", runs_program, {false, false}},
	    {"send", sends, {false, false}},
	    {"write elsewhere", writes, {false, places_unlimited()}},
	    {"write into the bundle", writes_bundle, {true, false}},
	    {"use bpf(2)", uses_bpf, {false, true}},
	    {"signal", signals, {false, false}},
	    {"be root again", is_root, {false, false}},
	    {"read what is root's", reads_as_root, {false, true}},
	};

	assert_int_equal(mkdir("bundle", 0700), 0);
	assert_int_equal(chown("bundle", OWNER, OWNER), 0);
	assert_int_equal(chmod(".", 0755), 0);
	folder_put("kept", "");
	folder_put("secret", "");
	assert_int_equal(chmod("secret", 0600), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		for (int p = READER; p <= ASKER; p++) {
			bool did = attempt((enum process)p, cases[i].try) != 0;

			if (did != cases[i].may[p])
				fail_msg("%s: %s",
				    p == READER ? "reader" : "asker",
				    cases[i].what);
		}
	}
}

/* What is written in a bundle belongs to whom the bundle belongs to. */
static int
replaces_manifest(void)
{
	return file_write("bundle/manifest.json", STR("new\n")) == 0;
}

static void
test_owner(void **state)
{
	struct stat st;

	assert_int_equal(mkdir("bundle", 0700), 0);
	folder_put("bundle/manifest.json", "old\n");
	assert_int_equal(chown("bundle", OWNER, OWNER), 0);
	assert_int_equal(chown("bundle/manifest.json", OWNER, OWNER), 0);
	assert_int_equal(chmod(".", 0755), 0);
	assert_int_equal(attempt(READER, replaces_manifest), 1);
	assert_int_equal(stat("bundle/manifest.json", &st), 0);
	assert_int_equal(st.st_size, 4);
	assert_int_equal(st.st_uid, OWNER);
	assert_int_equal(st.st_gid, OWNER);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    FOLDER_TEST(test_confined),
	    FOLDER_TEST(test_owner),
	};

	need_kernel();
	return cmocka_run_group_tests_name("confine", tests, NULL, NULL);
}
