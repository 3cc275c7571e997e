/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox: a list of system calls that are allowed, and a Landlock ruleset
 * without any right to write but at the places that are asked for.
 */
#include "base/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/landlock.h>
#include <sched.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <seccomp.h>

#include "base/compat.h"

/* Rights of later kernels than the headers of Debian 12 know. */
#define FS_TRUNCATE ((uint64_t)1 << 14) /* since ABI 3 */

#define FS_MAKE_OTHER                                                      \
	(LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_SOCK |     \
	    LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | \
	    LANDLOCK_ACCESS_FS_MAKE_SYM)
#define FS_REMOVE \
	(LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR)
#define FS_REPLACE (LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR)
#define FS_WRITE                                                       \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | \
	    LANDLOCK_ACCESS_FS_MAKE_DIR | FS_REMOVE)

/* Everything that is denied unless a place allows it; reading is not. */
#define FS_HANDLED (LANDLOCK_ACCESS_FS_EXECUTE | FS_MAKE_OTHER | FS_WRITE)

/*
 * What libc, the libraries and our own code call to read files, compute with
 * several threads, and write the result.
 */
static const int allowed_calls[] = {
    /* files */
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(pwrite64),
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(close),
    SCMP_SYS(close_range),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(statfs),
    SCMP_SYS(fstatfs),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getdents64),
    SCMP_SYS(lseek),
    SCMP_SYS(fcntl),
    SCMP_SYS(chdir),
    SCMP_SYS(fchdir),
    SCMP_SYS(getcwd),
    SCMP_SYS(fadvise64),
    SCMP_SYS(flock),
    SCMP_SYS(dup),
    SCMP_SYS(dup2),
    SCMP_SYS(dup3),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(pipe2),
    /* results; Landlock says where */
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rmdir),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(fsync),
    SCMP_SYS(fdatasync),
    SCMP_SYS(syncfs),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchown),
    SCMP_SYS(ftruncate),
    SCMP_SYS(umask),
    /* memory */
    SCMP_SYS(mmap),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(mprotect),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(mincore),
    /* threads and time */
    SCMP_SYS(clone),
    SCMP_SYS(clone3),
    SCMP_SYS(futex),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(get_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_yield),
    SCMP_SYS(membarrier),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    /* signals and the end */
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(signalfd4),
    SCMP_SYS(inotify_init1),
    SCMP_SYS(inotify_add_watch),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigpending),
    SCMP_SYS(rt_sigtimedwait),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(wait4),
    /* who and where we are */
    SCMP_SYS(getpid),
    SCMP_SYS(getppid),
    SCMP_SYS(gettid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(uname),
    SCMP_SYS(sysinfo),
    SCMP_SYS(getrlimit),
    SCMP_SYS(getrusage),
};

/* What else is needed to ask the kernel: programs, and the ring of events. */
static const int kernel_calls[] = {
    SCMP_SYS(bpf),
    SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait),
};

/* What a terminal may be asked. */
static const unsigned long allowed_ioctls[] = {TCGETS, TIOCGWINSZ};

/* abort() signals this process, and nobody may signal another. */
static int
allow_own_signals(scmp_filter_ctx filter)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
	    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
}

/* Limits may be read, not set. */
static int
allow_reading_limits(scmp_filter_ctx filter)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2,
	    SCMP_A0(SCMP_CMP_EQ, 0, 0), SCMP_A2(SCMP_CMP_EQ, 0, 0));
}

/* ENOSYS: the kernel, or what stands for one, has no filters. */
static int
limit_calls(bool bpf)
{
	scmp_filter_ctx filter;
	size_t calls = sizeof(allowed_calls) / sizeof(*allowed_calls);
	size_t kernels = sizeof(kernel_calls) / sizeof(*kernel_calls);
	size_t ioctls = sizeof(allowed_ioctls) / sizeof(*allowed_ioctls);
	int error = 0;

	/* Asked first, since libseccomp does not tell why a load failed. */
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0)
		return ENOSYS;
	filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!filter)
		return ENOMEM;
	for (size_t i = 0; i < calls && !error; i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
		    allowed_calls[i], 0);
	for (size_t i = 0; i < ioctls && !error; i++)
		error =
		    seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
			SCMP_A1(SCMP_CMP_EQ, allowed_ioctls[i], 0));
	for (size_t i = 0; bpf && i < kernels && !error; i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
		    kernel_calls[i], 0);
	if (!error)
		error = allow_own_signals(filter);
	if (!error)
		error = allow_reading_limits(filter);
	if (!error)
		error = seccomp_load(filter);
	seccomp_release(filter);
	return -error;
}

/* The rights of the kernel's version of Landlock that are of ours. */
static uint64_t
known_rights(uint64_t rights, long abi)
{
	if (abi >= 3 && (rights & LANDLOCK_ACCESS_FS_WRITE_FILE))
		rights |= FS_TRUNCATE;
	return rights;
}

static uint64_t
rights_of(unsigned rights)
{
	uint64_t fs = 0;

	if (rights & SANDBOX_WRITE)
		fs |= FS_WRITE;
	if (rights & SANDBOX_REPLACE)
		fs |= FS_REPLACE;
	if (rights & SANDBOX_REMOVE)
		fs |= FS_REMOVE;
	return fs;
}

static int
add_places(int ruleset, const struct sandbox_place *places, size_t n, long abi)
{
	for (size_t i = 0; i < n; i++) {
		struct landlock_path_beneath_attr rule = {
		    .allowed_access =
			known_rights(rights_of(places[i].rights), abi),
		    .parent_fd = places[i].fd,
		};

		if (syscall(SYS_landlock_add_rule, ruleset,
			LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
			return errno;
	}
	return 0;
}

/* ENOSYS or EOPNOTSUPP: the kernel has no Landlock, or it is switched off. */
static int
limit_places(const struct sandbox_place *places, size_t n)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	struct landlock_ruleset_attr attr = {0};
	int ruleset, error;

	if (abi < 0)
		return errno;
	attr.handled_access_fs = known_rights(FS_HANDLED, abi);
	ruleset =
	    (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		return errno;
	error = add_places(ruleset, places, n, abi);
	if (!error && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		error = errno;
	close(ruleset);
	return error;
}

void
sandbox_close_others(void)
{
	closefrom(STDERR_FILENO + 1);
}

/* Sanitizers trace, map and signal as they like. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#elif defined(__has_feature)
#define SANITIZED \
	(__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define SANITIZED false
#endif

static int
enter(const struct sandbox_place *places, size_t n, bool bpf,
    struct sandbox *ret_in_force)
{
	struct sandbox in_force = {0};
	int error;

	*ret_in_force = in_force;
	if (SANITIZED)
		return 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return errno;
	error = limit_places(places, n);
	in_force.places = error == 0;
	if (error && error != ENOSYS && error != EOPNOTSUPP)
		return error;
	error = limit_calls(bpf);
	in_force.calls = error == 0;
	if (error && error != ENOSYS)
		return error;
	*ret_in_force = in_force;
	return 0;
}

int
sandbox_enter(const struct sandbox_place *places, size_t n,
    struct sandbox *ret_in_force)
{
	return enter(places, n, false, ret_in_force);
}

int
sandbox_enter_kernel(struct sandbox *ret_in_force)
{
	return enter(NULL, 0, true, ret_in_force);
}

int
sandbox_keep_capabilities(uint64_t keep)
{
	struct __user_cap_header_struct head = {
	    .version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (SANITIZED)
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_capget, &head, data) < 0)
		return errno;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].permitted &= (uint32_t)(keep >> 32 * i);
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	return syscall(SYS_capset, &head, data) < 0 ? errno : 0;
}

void
sandbox_become_owner(int fd)
{
	struct stat st;

	if (SANITIZED || geteuid() != 0 || fstat(fd, &st) < 0 || st.st_uid == 0)
		return;
	/* In a namespace that does not know the owner, root stays. */
	if (setgroups(0, NULL) < 0 ||
	    setresgid(st.st_gid, st.st_gid, st.st_gid) < 0 ||
	    setresuid(st.st_uid, st.st_uid, st.st_uid) < 0)
		return;
}
