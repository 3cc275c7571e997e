/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Inside of lang/re2.h: a pattern on its way from RE2 to PCRE2.  re2.c reads
 * it token by token and calls re2_class.c for classes of characters; both put
 * what they have read through re2_build.c, which writes it in PCRE2's syntax
 * and counts what it costs.
 *
 * Functions that return false have failed, and said why with re2_fail().
 */

#include "base/vec.h"
#include "lang/re2.h"

#define RE2_MAX_RUNE 0x10ffff
#define RE2_MAX_COUNT 1000 /* in {min,max}, and of nested ones the product */
#define RE2_NO_MAX (-1)    /* the max of *, + and {min,} */

enum re2_flag {
	RE2_FOLD = 1,      /* (?i) */
	RE2_MULTILINE = 2, /* (?m) */
	RE2_DOT_ALL = 4,   /* (?s) */
	RE2_UNGREEDY = 8,  /* (?U): lazy is greedy, and greedy lazy */
};

struct re2 {
	struct buf *out;
	struct str s;      /* the pattern */
	size_t at;         /* the next byte of it */
	unsigned flags;    /* enum re2_flag */
	bool after_repeat; /* the previous token was a repetition operator */
	VEC(struct re2_group)
	groups; /* that are open; the first is the whole */
	struct re2_error err;
};

/* The pattern is wrong at byte AT; returns false. */
bool re2_fail(struct re2 *p, size_t at, const char *text);

/* Reads one character. */
bool re2_rune(struct re2 *p, uint32_t *ret_rune);

/* Reads an escape that stands for one character. */
bool re2_escape(struct re2 *p, uint32_t *ret_rune);

/* Reads [...] and puts it, wrapped; the caller makes an atom of it. */
bool re2_class(struct re2 *p);

/* Reads \d, \pL and their like outside brackets and puts them, wrapped. */
bool re2_bare_class(struct re2 *p);

/* Whether \C is one of \d \D \s \S \w \W. */
bool re2_is_perl(char c);

/*
 * What was put since the output had OUT bytes is an atom: something that a
 * repetition operator can follow.  The functions re2_put_* put one.
 */
bool re2_atom(struct re2 *p, size_t out);

/* TEXT in PCRE2's syntax, under the flag RE2_FOLD. */
bool re2_put_folded(struct re2 *p, const char *text);

/* An assertion, wrapped so that PCRE2 takes an operator after it. */
bool re2_put_assertion(struct re2 *p, const char *text);

/* The character C. */
bool re2_put_literal(struct re2 *p, uint32_t c);

/* A repetition operator, as read. */
struct re2_repeat {
	size_t at; /* where it is in the pattern */
	int min, max;
	bool counted; /* {min,max} */
	bool lazy;    /* prefers fewer */
};

/* Lets the operator R follow the newest atom. */
bool re2_put_repeat(struct re2 *p, const struct re2_repeat *r);

/* An opening parenthesis, a | and a closing one, which makes an atom. */
void re2_group_open(struct re2 *p, bool capture);
void re2_group_bar(struct re2 *p);
bool re2_group_close(struct re2 *p);

static inline bool
re2_at_end(const struct re2 *p)
{
	return p->at >= p->s.n;
}

/* The byte I places on; 0 after the end (no caller looks for a NUL). */
static inline char
re2_peek(const struct re2 *p, size_t i)
{
	return p->s.n - p->at > i ? p->s.s[p->at + i] : '\0';
}

/* Half of a UTF-16 pair: in no UTF-8 text. */
static inline bool
re2_is_surrogate(uint32_t c)
{
	return c >= 0xd800 && c <= 0xdfff;
}
