/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The lines of a file, plain or compressed by gzip or zstd, which its first
 * bytes tell, many at a time.  Memory is bounded: a line over LINES_MAX is
 * given as one that is too long, and is skipped.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum {
	LINES_MAX = 16 << 20,
};

struct follow;
struct lines;

/* Lines of FD, which the caller closes, some SIZE bytes at a time; NULL: there
 * is no memory. */
struct lines *lines_new(int fd, size_t size);
void lines_free(struct lines *l);

/* From now on the end of FD, which is F's, is not the end. */
void lines_follow(struct lines *l, struct follow *f);

enum lines_got {
	LINES_SOME,
	LINES_TOO_LONG, /* one line, which is skipped */
	LINES_LATER,    /* none yet */
	LINES_END,
	LINES_FAILED, /* lines_error() says why */
};

/*
 * The next lines with their line feeds, which the last one of a file may lack.
 * They are good until the next call but one.  If not WAIT, it is LINES_LATER
 * where there is no whole line yet.
 */
enum lines_got lines_read(struct lines *l, bool wait, struct str *ret);

/* What went wrong, for people. */
const char *lines_error(const struct lines *l);
