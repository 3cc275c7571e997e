/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The syntax of regular expressions in policies: RE2 as Go's regexp.Compile
 * takes it (Perl flags), checked to the letter and rewritten for PCRE2.  By
 * hand because PCRE2's syntax is neither a superset of RE2's nor, where both
 * take a pattern, always of the same meaning: \v, \s, $, (?i)\w and some
 * negated classes differ.  Private to lang/.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"

/* Longer patterns are refused, in bytes. */
#define RE2_MAX 65536

struct re2_error {
	size_t at; /* byte offset in the pattern */
	const char *text;
};

/*
 * Puts a PCRE2 pattern that matches what PATTERN matches, without captures,
 * for PCRE2_UTF | PCRE2_DOTALL | PCRE2_ALT_CIRCUMFLEX and newlines of LF.
 * False: not RE2; then *ret_err says why, and OUT holds rubbish.
 */
bool re2_to_pcre2(struct buf *out, struct str pattern,
    struct re2_error *ret_err);

/* Whether PCRE2 knows the script NAME, as in \p{Greek}; in regex.c. */
bool re2_script_known(struct str name);
