/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * JSON on demand, one line at a time: what is asked for is read, all else is
 * skipped, but must be JSON as well.  No tree is built, and nothing is copied
 * but strings with escapes.
 *
 *     scan_init(&s, line, &arena);
 *     for (struct scan_list in = scan_object(&s); scan_member(&s, &in, &key);)
 * { if (str_is(key, "verdict")) scan_str(&s, &verdict); else scan_skip(&s);
 *     }
 *     if (!scan_end(&s)) ...
 *
 * A value of another type than the one asked for is skipped.  Once something is
 * no JSON every function does nothing.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

struct scan {
	const char *p, *end;
	struct arena *arena; /* of strings with escapes */
	unsigned depth;
	bool bad; /* it is no JSON, or nested too deep */
};

/* A walk through an object or an array. */
struct scan_list {
	bool open;  /* there may be more */
	bool first; /* nothing was read yet */
};

void scan_init(struct scan *s, struct str text, struct arena *a);

/* Enters an object; any other value is skipped, and has no members. */
struct scan_list scan_object(struct scan *s);

/* The next key; its value is to be read or skipped before the next call. */
bool scan_member(struct scan *s, struct scan_list *in, struct str *ret_key);

struct scan_list scan_array(struct scan *s);
bool scan_item(struct scan *s, struct scan_list *in);

void scan_skip(struct scan *s);

/* Skips a value, and gives its text. */
struct str scan_raw(struct scan *s);

/*
 * Skips the value if it is the list TEXT, which was read before and ends with
 * its bracket; else false, and nothing is read.
 */
bool scan_same(struct scan *s, struct str text);

/*
 * Enters an object past its first N bytes, which are right up to a value, and
 * past that value if it is the list TEXT; else false, and nothing is read.
 */
bool scan_past(struct scan *s, struct scan_list *ret_in, size_t n,
    struct str text);

/* True and the value, or false; numbers may be written as strings. */
bool scan_str(struct scan *s, struct str *ret);
bool scan_u64(struct scan *s, uint64_t *ret);
bool scan_bool(struct scan *s, bool *ret);

/* A string, or a number as it is written. */
bool scan_word(struct scan *s, struct str *ret);

/* Whether all was JSON, and nothing follows. */
bool scan_end(struct scan *s);

/* The first quote or backslash from P on, or END. */
const char *scan_quote(const char *p, const char *end);

/* The same, a byte at a time. */
const char *scan_quote_plain(const char *p, const char *end);
