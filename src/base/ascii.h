/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Classes of ASCII characters, in every locale the same, which those of
 * ctype.h are not.  Each takes a char or a code point; what is not ASCII is in
 * no class.
 */

#include <stdbool.h>
#include <stdint.h>

static inline bool
ascii_is_digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}

static inline bool
ascii_is_lower(uint32_t c)
{
	return c >= 'a' && c <= 'z';
}

static inline bool
ascii_is_upper(uint32_t c)
{
	return c >= 'A' && c <= 'Z';
}

static inline bool
ascii_is_alnum(uint32_t c)
{
	return ascii_is_digit(c) || ascii_is_lower(c | 0x20);
}

static inline char
ascii_lower(char c)
{
	return ascii_is_upper((uint32_t)c) ? (char)(c | 0x20) : c;
}

static inline char
ascii_upper(char c)
{
	return ascii_is_lower((uint32_t)c) ? (char)(c & ~0x20) : c;
}

/* The value of C as a digit in bases up to 36; 36 when it is none. */
static inline unsigned
ascii_digit(uint32_t c)
{
	if (ascii_is_digit(c))
		return c - '0';
	return ascii_is_lower(c | 0x20) ? (c | 0x20) - 'a' + 10 : 36;
}
