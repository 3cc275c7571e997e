/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both ends of the pipes.  A text is its size, 0 for none, and its bytes; all
 * else is sent as it lies in memory, since both processes are one program.
 */
#include "kernel/asker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "bundle/bundle.h"
#include "kernel/confine.h"

#define SAID_MAX 400
#define WORDS_MAX ((size_t)1 << 20)

/* What is sent of a program that was judged, before its texts. */
struct verdicts {
	enum verify_status status;
	struct kernel_figures figures[2];
	uint64_t runs, wrong;
	int error;
};

static int
put(int fd, const void *p, size_t n)
{
	return file_put(fd, (struct str){p, n});
}

static int
put_text(int fd, struct str text)
{
	uint64_t n = text.n;
	int error = put(fd, &n, sizeof(n));

	return error ? error : file_put(fd, text);
}

/* EPIPE: the other end is gone. */
static int
get(int fd, void *p, size_t n)
{
	char *to = p;

	while (n > 0) {
		ssize_t got = read(fd, to, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? errno : EPIPE;
		to += got;
		n -= (size_t)got;
	}
	return 0;
}

static int
get_text(int fd, struct arena *a, size_t max, struct str *ret_text)
{
	uint64_t n;
	int error = get(fd, &n, sizeof(n));
	char *p;

	if (!error && n > max)
		error = EBADMSG;
	if (error)
		return error;
	p = arena_alloc(a, n + 1);
	p[n] = '\0';
	*ret_text = (struct str){p, n};
	return get(fd, p, n);
}

/* Words, or NULL when there are none. */
static int
get_words(int fd, struct arena *a, const char **ret_words)
{
	struct str text = {0};
	int error = get_text(fd, a, WORDS_MAX, &text);

	*ret_words = text.n > 0 ? text.s : NULL;
	return error;
}

static int
get_request(int fd, struct arena *a, struct judge_request *ret_request)
{
	uint64_t n;
	int error = get(fd, &ret_request->traits, sizeof(ret_request->traits));

	if (!error)
		error = get_text(fd, a, BUNDLE_FILE_MAX, &ret_request->ipcache);
	if (!error)
		error = get_text(fd, a, BUNDLE_FILE_MAX, &ret_request->peers);
	if (!error)
		error = get(fd, &n, sizeof(n));
	for (uint64_t i = 0; !error && i < n; i++) {
		struct judge_policy *p = vec_push(&ret_request->policies, a);

		error = get(fd, &p->identity, sizeof(p->identity));
		if (!error)
			error = get_text(fd, a, BUNDLE_FILE_MAX, &p->image);
	}
	return error;
}

static int
put_request(int fd, const struct judge_request *request)
{
	uint64_t n = request->policies.n;
	int error = put(fd, &request->traits, sizeof(request->traits));

	if (!error)
		error = put_text(fd, request->ipcache);
	if (!error)
		error = put_text(fd, request->peers);
	if (!error)
		error = put(fd, &n, sizeof(n));
	VEC_FOREACH (p, &request->policies) {
		if (!error)
			error = put(fd, &p->identity, sizeof(p->identity));
		if (!error)
			error = put_text(fd, p->image);
	}
	return error;
}

static int
put_program(int fd, const struct verify_program *p)
{
	struct verdicts v;
	int error;

	memset(&v, 0, sizeof(v));
	v.status = p->status;
	memcpy(v.figures, p->figures, sizeof(v.figures));
	v.runs = p->runs;
	v.wrong = p->wrong;
	v.error = p->error;
	error = put(fd, &v, sizeof(v));
	if (!error)
		error = put_text(fd, str_of(p->reason));
	if (!error)
		error = put_text(fd, str_of(p->first_wrong));
	return error;
}

static int
get_program(int fd, struct arena *a, struct verify_program *p)
{
	struct verdicts v;
	int error = get(fd, &v, sizeof(v));

	if (!error)
		error = get_words(fd, a, &p->reason);
	if (!error)
		error = get_words(fd, a, &p->first_wrong);
	if (error)
		return error;
	p->status = v.status;
	memcpy(p->figures, v.figures, sizeof(p->figures));
	p->runs = v.runs;
	p->wrong = v.wrong;
	p->error = v.error;
	return 0;
}

/* Threads open files, each for a program and its maps. */
static void
raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* The process itself: one request, one answer. */
static int
serve(int in, int out, unsigned jobs)
{
	struct judge_request request = {0};
	struct verify_program *programs;
	struct arena a = {0};
	struct pool pool;
	int error, failed;

	raise_limit();
	error = confine_asker();
	if (!error)
		error = put_text(out, str_of(kernel_missing()));
	if (!error)
		error = get_request(in, &a, &request);
	if (error)
		return error;
	pool_init(&pool, jobs);
	programs = ARENA_ARRAY(&a, struct verify_program, request.policies.n);
	failed = judge_policies(&pool, &a, &request, programs);
	error = put(out, &failed, sizeof(failed));
	for (size_t i = 0; !error && !failed && i < request.policies.n; i++)
		error = put_program(out, &programs[i]);
	return error;
}

int
asker_start(struct asker *k, unsigned jobs)
{
	int to[2], from[2], said;
	pid_t pid, parent = getpid();

	if (pipe2(to, O_CLOEXEC) < 0)
		return errno;
	if (pipe2(from, O_CLOEXEC) < 0)
		return errno;
	said = memfd_create("said", MFD_CLOEXEC);
	pid = said < 0 ? -1 : fork();
	if (pid < 0)
		return errno;
	if (pid == 0) {
		/* libbpf prints for the whole process, to standard error. */
		dup2(said, STDERR_FILENO);
		close(to[1]);
		close(from[0]);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(getppid() != parent || serve(to[0], from[1], jobs) != 0);
	}
	close(to[0]);
	close(from[1]);
	*k = (struct asker){.pid = pid,
	    .to = to[1],
	    .from = from[0],
	    .said = said};
	return 0;
}

/* How it ended, or what went wrong in it. */
static const char *
explain(struct asker *k, struct arena *a, int error)
{
	char said[SAID_MAX + 1];
	const char *what = strerrordesc_np(error);
	ssize_t n = pread(k->said, said, SAID_MAX, 0);
	int status;

	said[n > 0 ? n : 0] = '\0';
	said[strcspn(said, "\n")] = '\0';
	if (error == EPIPE) {
		pid_t ended = waitpid(k->pid, &status, 0);

		k->pid = -1;
		what = ended > 0 && WIFSIGNALED(status)
		    ? arena_printf(a, "the process that asks it was ended: %s",
			  sigdescr_np(WTERMSIG(status)))
		    : "the process that asks it has ended";
	}
	return *said ? arena_printf(a, "%s (%s)", what, said) : what;
}

const char *
asker_missing(struct asker *k, struct arena *a)
{
	const char *missing;

	k->error = get_words(k->from, a, &missing);
	return k->error ? NULL : missing;
}

const char *
asker_ask(struct asker *k, struct arena *a, const struct judge_request *request,
    struct verify_program *programs)
{
	int error = k->error, failed = 0;

	if (!error)
		error = put_request(k->to, request);
	if (!error)
		error = get(k->from, &failed, sizeof(failed));
	if (!error)
		error = failed;
	for (size_t i = 0; !error && i < request->policies.n; i++) {
		error = get_program(k->from, a, &programs[i]);
		if (!error)
			error = programs[i].error;
	}
	return error ? explain(k, a, error) : NULL;
}

void
asker_end(struct asker *k)
{
	close(k->to);
	close(k->from);
	close(k->said);
	if (k->pid > 0)
		waitpid(k->pid, NULL, 0);
	k->pid = -1;
}
