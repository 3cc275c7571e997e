/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Preloaded into cnpc by faults.py.  Its constructor runs before main() and
 *
 * - makes the program ask faults.py before each system call (seccomp's user
 *   notification), if CNPC_FAULT_SOCKET is the descriptor of a socket to it;
 * - maps the file that CNPC_FAULT_ALLOC names, whose two numbers say which
 *   allocation of the main thread is to fail, from 1, and how many there were.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

struct allocations {
	uint64_t fails; /* 0: none */
	uint64_t seen;
};

static struct allocations *allocations;
static __thread int is_main;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

/*
 * Whether this allocation fails.  Libseccomp's never do: it runs in circles
 * when they do.
 */
static int
fails(const void *caller)
{
	Dl_info info;

	if (!allocations || !is_main ||
	    (dladdr(caller, &info) && strstr(info.dli_fname, "libseccomp")) ||
	    ++allocations->seen != allocations->fails)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *
malloc(size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL
						  : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL
						  : __libc_realloc(p, size);
}

static _Noreturn void
give_up(void)
{
	static const char text[] = "shim: cannot be used here\n";

	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(99);
}

static void
map_allocations(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	void *p = mmap(NULL, sizeof(*allocations), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		give_up();
	close(fd);
	is_main = 1;
	allocations = p;
}

/*
 * What is not asked about: what cannot fail, the signals of the guard's thread,
 * and what passes the listener on.
 */
#define QUIET(name)                                             \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 1), \
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static int
listen_to_calls(void)
{
	struct sock_filter filter[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		offsetof(struct seccomp_data, nr)),
	    QUIET(exit),
	    QUIET(exit_group),
	    QUIET(rt_sigreturn),
	    QUIET(rt_sigprocmask),
	    QUIET(rt_sigtimedwait),
	    QUIET(futex),
	    QUIET(rseq),
	    QUIET(set_robust_list),
	    QUIET(munmap),
	    QUIET(brk),
	    QUIET(getpid),
	    QUIET(uname),
	    QUIET(gettid),
	    QUIET(tgkill),
	    QUIET(sendmsg),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	};
	struct sock_fprog program = {
	    .len = sizeof(filter) / sizeof(*filter),
	    .filter = filter,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	    SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

static void
pass_on(int socket, int listener)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec iov = {&byte, 1};
	struct msghdr m = {
	    .msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control,
	    .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &listener, sizeof(int));
	if (sendmsg(socket, &m, 0) != 1)
		give_up();
}

__attribute__((constructor)) static void
begin(void)
{
	const char *path = getenv("CNPC_FAULT_ALLOC");
	const char *number = getenv("CNPC_FAULT_SOCKET");
	int listener;

	if (path)
		map_allocations(path);
	if (!number)
		return;
	listener = listen_to_calls();
	if (listener < 0)
		give_up();
	pass_on(atoi(number), listener);
}
