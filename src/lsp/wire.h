/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Messages as they come: a header with Content-Length, and so many bytes.
 */

#include "base/arena.h"
#include "base/str.h"

/* The most bytes of one message, and of one line of a header. */
#define WIRE_MESSAGE_MAX ((size_t)64 << 20)
#define WIRE_LINE_MAX 1024

enum wire_result {
	WIRE_MESSAGE,
	WIRE_MALFORMED, /* no message, and the next one may be found */
	WIRE_END,
};

struct wire {
	int fd;
	size_t at, n; /* what is not taken yet of BUF */
	char buf[1 << 16];
};

/* A reader of FD, which stays the caller's. */
void wire_init(struct wire *w, int fd);

/* The body of the next message, in A; of a malformed one why, static text. */
enum wire_result wire_read(struct wire *w, struct arena *a, struct str *ret);

/* Whether more has come, so that reading does not wait. */
bool wire_has_more(const struct wire *w);
