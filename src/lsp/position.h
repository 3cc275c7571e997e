/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Places as the protocol counts them: lines and characters from 0, characters
 * in units of UTF-16 or, where the client asked for it, of UTF-8.  A line ends
 * at "\n", "\r\n" or "\r".
 */

#include <stdint.h>

#include "base/json.h"
#include "diag/source.h"

struct position {
	uint32_t line, character;
};

/* Where the byte at OFFSET of TEXT is. */
struct position position_of(struct str text, uint32_t offset, bool utf8);

/*
 * The byte of TEXT that is there: after the last character of a line it is the
 * line's end, after the last line the text's.
 */
uint32_t position_offset(struct str text, struct position at, bool utf8);

/* The range from START to END in TEXT, an object. */
void position_json_range(struct json *j, struct str text, uint32_t start,
    uint32_t end, bool utf8);
