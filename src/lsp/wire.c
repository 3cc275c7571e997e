/* SPDX-License-Identifier: Apache-2.0 */
/* Cutting a stream of bytes into messages. */
#include "lsp/wire.h"

#include <errno.h>
#include <poll.h>
#include <strings.h>
#include <unistd.h>

#include "base/num.h"

void
wire_init(struct wire *w, int fd)
{
	w->fd = fd;
	w->at = w->n = 0;
}

bool
wire_has_more(const struct wire *w)
{
	struct pollfd p = {.fd = w->fd, .events = POLLIN};

	return w->at < w->n || poll(&p, 1, 0) > 0;
}

/* Reads on once all is taken; false at the end. */
static bool
fill(struct wire *w)
{
	ssize_t n;

	if (w->at < w->n)
		return true;
	do
		n = read(w->fd, w->buf, sizeof(w->buf));
	while (n < 0 && errno == EINTR);
	w->at = 0;
	w->n = n > 0 ? (size_t)n : 0;
	return n > 0;
}

/*
 * The next line without its end, of which only WIRE_LINE_MAX bytes count; false
 * at the end of the stream.
 */
static bool
read_line(struct wire *w, char line[static WIRE_LINE_MAX + 1])
{
	size_t n = 0;

	while (fill(w)) {
		char c = w->buf[w->at++];

		if (c != '\n') {
			if (n < WIRE_LINE_MAX)
				line[n++] = c;
			continue;
		}
		n -= n > 0 && line[n - 1] == '\r';
		line[n] = '\0';
		return true;
	}
	return false;
}

/* Takes N bytes, to TO if that is no NULL; false when the stream ends first. */
static bool
take(struct wire *w, char *to, size_t n)
{
	while (n > 0 && fill(w)) {
		size_t part = w->n - w->at < n ? w->n - w->at : n;

		if (to) {
			memcpy(to, w->buf + w->at, part);
			to += part;
		}
		w->at += part;
		n -= part;
	}
	return n == 0;
}

/* The length that the header LINE tells, if it does. */
static void
read_header(const char *line, bool *ret_known, uint64_t *ret_length)
{
	static const char name[] = "Content-Length:";
	size_t n = sizeof(name) - 1;

	if (strncasecmp(line, name, n) != 0)
		return;
	line += n + strspn(line + n, " \t");
	*ret_known = num_u64((struct str){line, strcspn(line, " \t")},
	    UINT32_MAX, ret_length);
}

enum wire_result
wire_read(struct wire *w, struct arena *a, struct str *ret)
{
	char line[WIRE_LINE_MAX + 1], *body;
	uint64_t length = 0;
	bool known = false;

	do {
		if (!read_line(w, line))
			return WIRE_END;
		read_header(line, &known, &length);
	} while (*line);
	if (!known) {
		*ret = STR("a header without a Content-Length");
		return WIRE_MALFORMED;
	}
	if (length > WIRE_MESSAGE_MAX) {
		*ret = STR("a message of more than 64 MiB");
		return take(w, NULL, (size_t)length) ? WIRE_MALFORMED
						     : WIRE_END;
	}
	body = arena_alloc(a, (size_t)length + 1);
	*ret = (struct str){body, (size_t)length};
	return take(w, body, (size_t)length) ? WIRE_MESSAGE : WIRE_END;
}
