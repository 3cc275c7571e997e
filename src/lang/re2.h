/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The syntax of regular expressions in policies: RE2 as Go's regexp.Compile
 * takes it (Perl flags), checked to the letter and rewritten for PCRE2.  By
 * hand because PCRE2's syntax is neither a superset of RE2's nor, where both
 * take a pattern, always of the same meaning: \v, \s, $, (?i)\w and some
 * negated classes differ.  Private to lang/.
 */

#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/vec.h"

/* Longer patterns are refused, in bytes. */
#define RE2_MAX 65536

#define RE2_MAX_RUNE 0x10ffff

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

/* Whether PCRE2 knows the script NAME, as in \p{Greek}. */
bool re2_script_known(struct str name);

/* The rest is what re2.c and re2_class.c share. */

enum re2_flag {
	RE2_FOLD = 1,      /* (?i) */
	RE2_MULTILINE = 2, /* (?m) */
	RE2_DOT_ALL = 4,   /* (?s) */
	RE2_UNGREEDY = 8,  /* (?U): changes no whole match */
};

struct re2_group;

/* A pattern being read.  Functions that return false have failed. */
struct re2 {
	struct buf *out;
	struct str s;
	size_t at;         /* next byte */
	unsigned flags;    /* enum re2_flag */
	bool after_repeat; /* the previous token was a repetition operator */
	VEC(struct re2_group) groups;
	struct re2_error err;
};

bool re2_fail(struct re2 *p, size_t at, const char *text);

/* Reads one character. */
bool re2_rune(struct re2 *p, uint32_t *ret_rune);

/* Reads an escape that stands for one character. */
bool re2_escape(struct re2 *p, uint32_t *ret_rune);

/* Reads [...] and puts it, wrapped. */
bool re2_class(struct re2 *p);

/* Reads \d, \pL and their like outside brackets and puts them, wrapped. */
bool re2_bare_class(struct re2 *p);

/* Whether \C is one of \d \D \s \S \w \W. */
bool re2_is_perl(char c);

static inline bool
re2_at_end(const struct re2 *p)
{
	return p->at >= p->s.n;
}

/* The byte I places on; 0 behind the end (no caller looks for a NUL). */
static inline char
re2_peek(const struct re2 *p, size_t i)
{
	return p->s.n - p->at > i ? p->s.s[p->at + i] : '\0';
}

static inline bool
re2_is_alnum(uint32_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z');
}

/* Half of a UTF-16 pair: in no UTF-8 text. */
static inline bool
re2_is_surrogate(uint32_t c)
{
	return c >= 0xd800 && c <= 0xdfff;
}
