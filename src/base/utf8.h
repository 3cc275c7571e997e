/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * UTF-8 as Unicode defines it: no overlong forms, no surrogates, nothing over
 * U+10FFFF.
 */

#include <stdint.h>

#include "base/str.h"

/*
 * The code point that S begins with; returns its length in bytes, or 0 when S
 * is empty or does not begin with well-formed UTF-8.
 */
size_t utf8_decode(struct str s, uint32_t *ret_cp);

/* Puts the code point C, at most four bytes, at OUT; returns their number. */
size_t utf8_put(char *out, uint32_t c);

/* How many bytes of S, from its start, are well-formed UTF-8. */
size_t utf8_valid(struct str s);

/* How many code points S, well-formed, has. */
size_t utf8_count(struct str s);
