/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A string with its length.  The bytes are UTF-8, may hold NUL, and always
 * have a NUL after them, so that .s can go to any C library.  A struct str
 * owns nothing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct str {
	const char *s; /* NULL only in the zero value: "absent" */
	size_t n;      /* bytes, without the NUL */
};

#define STR(lit) ((struct str){"" lit, sizeof(lit) - 1})
#define STR_FMT "%.*s"
#define STR_ARG(x) (int)(x).n, (x).s

static inline struct str
str_of(const char *s)
{
	return (struct str){s, s ? strlen(s) : 0};
}

static inline bool
str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.s, b.s, a.n) == 0);
}

static inline bool
str_is(struct str a, const char *b)
{
	return str_eq(a, str_of(b));
}

static inline bool
str_starts(struct str a, struct str prefix)
{
	return a.n >= prefix.n &&
	    (prefix.n == 0 || memcmp(a.s, prefix.s, prefix.n) == 0);
}

/* Byte order; a prefix sorts first. */
static inline int
str_compare(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.s, b.s, n) : 0;

	return c ? c : (a.n > b.n) - (a.n < b.n);
}
