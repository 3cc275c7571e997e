/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The lines of a file, plain or compressed by gzip or zstd, which its first
 * bytes tell.  Memory is bounded: a line over LINES_MAX is given as one that is
 * too long, and is skipped.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum {
	LINES_MAX = 16 << 20,
};

struct lines;

/* Lines of FD, which the caller closes; NULL: there is no memory. */
struct lines *lines_new(int fd);
void lines_free(struct lines *l);

enum lines_got {
	LINES_LINE,
	LINES_TOO_LONG,
	LINES_END,
	LINES_FAILED, /* lines_error() says why */
};

/*
 * The next line, without its line feed, good until the next call; the last one
 * may have no line feed.
 */
enum lines_got lines_next(struct lines *l, struct str *ret);

/* What went wrong, for people. */
const char *lines_error(const struct lines *l);
