/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directory tells of changes; where it does not, as on file systems of
 * other machines, the file is looked at now and then.
 */
#include "record/follow.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	LOOK_MS = 1000, /* the longest wait */
};

static void
ending_signals(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGINT);
	sigaddset(ret, SIGTERM);
}

static int
watch(const char *path)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	char *copy = strdup(path);

	if (fd >= 0 && copy)
		inotify_add_watch(fd, dirname(copy),
		    IN_MODIFY | IN_CREATE | IN_MOVED_TO);
	free(copy);
	return fd;
}

int
follow_open(struct follow *f, const char *path)
{
	sigset_t set;

	*f = (struct follow){.path = path, .signals = -1, .changes = -1};
	f->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (f->fd < 0)
		return errno;
	ending_signals(&set);
	f->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (f->signals < 0) {
		int error = errno;

		follow_close(f);
		return error;
	}
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	f->changes = watch(path);
	return 0;
}

void
follow_close(struct follow *f)
{
	if (f->fd >= 0)
		close(f->fd);
	if (f->signals >= 0)
		close(f->signals);
	if (f->changes >= 0)
		close(f->changes);
}

static void
take_signals(struct follow *f)
{
	struct signalfd_siginfo info;

	while (read(f->signals, &info, sizeof(info)) == sizeof(info))
		f->asked++;
}

bool
follow_is_over(struct follow *f)
{
	take_signals(f);
	return f->asked > 1;
}

/* Until something changes, a signal comes, or some time has passed. */
static void
wait_for_change(struct follow *f)
{
	struct pollfd p[] = {{.fd = f->signals, .events = POLLIN},
	    {.fd = f->changes, .events = POLLIN}};
	char events[4096];

	poll(p, 2, LOOK_MS);
	while (f->changes >= 0 && read(f->changes, events, sizeof(events)) > 0)
		continue;
}

/* The file that has the name now, if it is another one. */
static bool
take_other(struct follow *f)
{
	int fd = open(f->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	close(f->fd);
	f->fd = fd;
	f->moved = false;
	return true;
}

enum follow_got
follow_wait(struct follow *f)
{
	for (;;) {
		struct stat open_file, named;
		off_t at = lseek(f->fd, 0, SEEK_CUR);

		if (f->moved && take_other(f))
			return FOLLOW_OTHER;
		if (fstat(f->fd, &open_file) != 0)
			return FOLLOW_END;
		if (open_file.st_size < at) {
			lseek(f->fd, 0, SEEK_SET);
			return FOLLOW_OTHER;
		}
		if (open_file.st_size > at)
			return FOLLOW_MORE;
		if (stat(f->path, &named) == 0 &&
		    (named.st_ino != open_file.st_ino ||
			named.st_dev != open_file.st_dev)) {
			/* Who wrote it may have written more meanwhile. */
			f->moved = true;
			return FOLLOW_MORE;
		}
		take_signals(f);
		if (f->asked > 0)
			return FOLLOW_END;
		wait_for_change(f);
	}
}
