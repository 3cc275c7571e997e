/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads files of recorded flows for a command.
 */
#include "cli/flows.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "record/follow.h"

void
flows_tell(struct flows *f, const struct replay_result *r)
{
	if (r->status == REPLAY_MALFORMED &&
	    ++f->complaints <= RECORDING_MALFORMED_MAX)
		buf_printf(&f->cli->err.buf,
		    r->too_long
			? "%s:%lu: this line is too long; it is skipped\n"
			: "%s:%lu: this line cannot be read; it is skipped\n",
		    f->path, r->line);
}

static void
read_lines(struct flows *f, int fd)
{
	uint64_t *malformed = &f->recording->replay->status[REPLAY_MALFORMED];
	uint64_t lines, before = *malformed;
	const char *error;

	f->complaints = 0;
	if (recording_read(f->recording, fd, &lines, &error) ==
	    RECORDING_FAILED) {
		buf_printf(&f->cli->err.buf, "%s: after line %lu: %s\n",
		    f->path, lines, error);
		f->failed = true;
	}
	if (*malformed - before > RECORDING_MALFORMED_MAX)
		buf_printf(&f->cli->err.buf,
		    "%s: %lu more lines cannot be read\n", f->path,
		    *malformed - before - RECORDING_MALFORMED_MAX);
}

void
flows_read(struct flows *f, const char *path)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		cli_system(f->cli, errno, "cannot read %s", path);
		f->failed = true;
		return;
	}
	f->path = standard ? "<stdin>" : path;
	read_lines(f, fd);
	if (!standard)
		close(fd);
}

void
flows_follow(struct flows *f, const char *path)
{
	struct follow file;
	int error = follow_open(&file, path);

	if (error != 0) {
		cli_system(f->cli, error, "cannot read %s", path);
		f->failed = true;
		return;
	}
	f->path = path;
	f->recording->follow = &file;
	read_lines(f, file.fd);
	follow_close(&file);
}
