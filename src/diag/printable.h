/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Text from input, made safe to show.  A hostile manifest must not be able to
 * steer a terminal or to look like other text, so what a reader cannot see is
 * spelled out: control characters (\n, \x1b), bytes that are not UTF-8
 * (\xff), and characters that are invisible or turn the direction of writing
 * (\u202e).  By hand because vis(3) goes by the locale and spells out all
 * that is not ASCII.
 */

#include "base/buf.h"
#include "base/str.h"

/*
 * Puts the first character of S (not empty), and returns how many bytes of S
 * that was.  *ret_columns: an escape takes its length (at most 10), a
 * character one.
 */
size_t printable_char(struct buf *out, struct str s, unsigned *ret_columns);

/* Puts S; when it has more than MAX bytes, its head and "...". */
void printable_put(struct buf *out, struct str s, size_t max);
