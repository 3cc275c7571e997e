/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is before standard output and standard error.
 */
#include "base/out.h"

#include <errno.h>
#include <unistd.h>

/* Writes the buffer and empties it; after a failure it is only emptied. */
static void
flush(struct out *o)
{
	const char *p = o->buf.p;
	size_t left = o->buf.n;

	while (left > 0 && o->error == 0) {
		ssize_t n = write(o->fd, p, left);

		if (n >= 0) {
			p += n;
			left -= (size_t)n;
		} else if (errno != EINTR) {
			o->error = errno;
		}
		o->written = true;
	}
	if (o->buf.n > 0)
		*o->buf.p = '\0';
	o->buf.n = 0;
}

void
out_init(struct out *o, struct arena *a, int fd)
{
	*o = (struct out){.fd = fd};
	buf_init(&o->buf, a);
}

void
out_stream(struct out *o)
{
	o->stream = true;
}

bool
out_record(struct out *o)
{
	if (o->stream)
		flush(o);
	return o->error == 0;
}

int
out_close(struct out *o)
{
	flush(o);
	if (o->written && close(o->fd) < 0 && o->error == 0)
		o->error = errno;
	return o->error;
}
