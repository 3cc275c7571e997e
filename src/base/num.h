/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Numbers in text, read whole or not at all: nothing but the number may be
 * there, and no locale, leading space or sign other than stated is taken.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* Decimal digits only, at most MAX. */
bool num_u64(struct str s, uint64_t max, uint64_t *ret_value);

/*
 * Go's strconv.ParseUint(s, 0, bits): base by prefix (0x, 0o, 0b, a leading
 * 0 is octal), underscores between digits and after the prefix.  A value
 * over MAX is refused.
 */
bool num_go_uint(struct str s, uint64_t max, uint64_t *ret_value);
