/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of patterns: takes RE2's syntax apart, token by token, and lets
 * re2_class.c read classes and re2_build.c put PCRE2's syntax together.
 */
#include "lang/re2.h"

#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "lang/re2_parse.h"

#define MAX_COUNT 100000000 /* a number that is surely too large */

bool
re2_fail(struct re2 *p, size_t at, const char *text)
{
	p->err = (struct re2_error){at, text};
	return false;
}

bool
re2_rune(struct re2 *p, uint32_t *ret_rune)
{
	struct str rest = {p->s.s + p->at, p->s.n - p->at};
	size_t n = utf8_decode(rest, ret_rune);

	if (n == 0)
		return re2_fail(p, p->at, "invalid UTF-8");
	p->at += n;
	return true;
}

/* Decimal digits at *AT without a leading zero; false: no number. */
static bool
read_count(const struct re2 *p, size_t *at, int *ret_count)
{
	const char *s = p->s.s;
	int n = 0;

	if (!ascii_is_digit(s[*at]) ||
	    (s[*at] == '0' && ascii_is_digit(s[*at + 1])))
		return false;
	for (; ascii_is_digit(s[*at]); ++*at) {
		if (n < MAX_COUNT)
			n = n * 10 + (s[*at] - '0');
	}
	*ret_count = n;
	return true;
}

/* {min}, {min,} or {min,max}; false: the { stands for itself. */
static bool
read_counts(struct re2 *p, int *ret_min, int *ret_max)
{
	size_t at = p->at + 1;
	int min, max;

	if (!read_count(p, &at, &min))
		return false;
	max = min;
	if (p->s.s[at] == ',') {
		at++;
		max = RE2_NO_MAX;
		if (p->s.s[at] != '}' && !read_count(p, &at, &max))
			return false;
	}
	if (p->s.s[at] != '}')
		return false;
	p->at = at + 1;
	*ret_min = min;
	*ret_max = max;
	return true;
}

/* The end of an operator: a ? after it makes it lazy. */
static bool
parse_lazy(struct re2 *p, struct re2_repeat *r)
{
	if (p->after_repeat)
		return re2_fail(p, r->at,
		    p->s.s[r->at] == '+'
			? "possessive repetition is not supported"
			: "nested repetition");
	p->after_repeat = true;
	r->lazy = p->flags & RE2_UNGREEDY;
	if (re2_peek(p, 0) == '?') {
		r->lazy = !r->lazy;
		p->at++;
	}
	return re2_put_repeat(p, r);
}

static bool
parse_counted(struct re2 *p)
{
	struct re2_repeat r = {.at = p->at, .counted = true};

	if (!read_counts(p, &r.min, &r.max)) {
		p->at++;
		p->after_repeat = false;
		return re2_put_literal(p, '{');
	}
	if (r.min > RE2_MAX_COUNT || r.max > RE2_MAX_COUNT)
		return re2_fail(p, r.at, "repetition count over 1000");
	if (r.max != RE2_NO_MAX && r.min > r.max)
		return re2_fail(p, r.at,
		    "repetition counts in the wrong order");
	return parse_lazy(p, &r);
}

/* (?P<name> or (?<name>, from its < on. */
static bool
parse_name(struct re2 *p, size_t at)
{
	size_t start = ++p->at;

	while (!re2_at_end(p) &&
	    (ascii_is_alnum(re2_peek(p, 0)) || re2_peek(p, 0) == '_'))
		p->at++;
	if (re2_at_end(p) || re2_peek(p, 0) != '>' || p->at == start)
		return re2_fail(p, at,
		    re2_peek(p, 0) == '=' || re2_peek(p, 0) == '!'
			? "look-around is not supported"
			: "invalid group name");
	p->at++;
	re2_group_open(p, true);
	return true;
}

/* What is wrong with a group that begins with (? and C. */
static const char *
group_problem(char c)
{
	switch (c) {
	case '=':
	case '!':
		return "look-around is not supported";
	case '>':
		return "atomic groups are not supported";
	case '(':
		return "conditionals are not supported";
	case '\0':
		return "missing )";
	}
	return "unknown group syntax";
}

/* Flags up to ) or :, with those after a - taken away. */
static bool
parse_flags(struct re2 *p, size_t at)
{
	unsigned flag[2] = {0, 0};
	bool minus = false, empty = true;

	for (;; p->at++) {
		char c = re2_peek(p, 0);

		switch (c) {
		case 'i':
			flag[minus] |= RE2_FOLD;
			break;
		case 'm':
			flag[minus] |= RE2_MULTILINE;
			break;
		case 's':
			flag[minus] |= RE2_DOT_ALL;
			break;
		case 'U':
			flag[minus] |= RE2_UNGREEDY;
			break;
		case '-':
			if (minus)
				return re2_fail(p, at, "unknown group syntax");
			minus = true;
			empty = true;
			continue;
		case ':':
		case ')':
			if (minus && empty)
				return re2_fail(p, at, "unknown group syntax");
			if (c == ':')
				re2_group_open(p, false);
			p->flags = (p->flags | flag[0]) & ~flag[1];
			p->at++;
			return true;
		default:
			return re2_fail(p, at, group_problem(c));
		}
		empty = false;
	}
}

static bool
parse_open(struct re2 *p)
{
	size_t at = p->at++;

	if (re2_peek(p, 0) != '?') {
		re2_group_open(p, true);
		return true;
	}
	p->at++;
	if (re2_peek(p, 0) == '<')
		return parse_name(p, at);
	if (re2_peek(p, 0) == 'P' && re2_peek(p, 1) == '<') {
		p->at++;
		return parse_name(p, at);
	}
	return parse_flags(p, at);
}

/* \x41 or \x{41}, after the x. */
static bool
parse_hex(struct re2 *p, size_t at, uint32_t *ret_rune)
{
	bool braces = re2_peek(p, 0) == '{';
	uint32_t r = 0;
	unsigned n = 0;

	if (braces)
		p->at++;
	for (; !re2_at_end(p) && (braces || n < 2); n++, p->at++) {
		unsigned digit = ascii_digit(re2_peek(p, 0));

		if (digit >= 16)
			break;
		r = r << 4 | digit;
		if (r > RE2_MAX_RUNE)
			return re2_fail(p, at, "no such character");
	}
	if (braces ? n == 0 || re2_peek(p, 0) != '}' : n != 2)
		return re2_fail(p, at, "bad hexadecimal escape");
	if (braces)
		p->at++;
	*ret_rune = r;
	return true;
}

/* Up to three octal digits, the first of which is C. */
static uint32_t
parse_octal(struct re2 *p, char c)
{
	uint32_t r = (uint32_t)(c - '0');

	for (int i = 1; i < 3 && ascii_digit(re2_peek(p, 0)) < 8; i++)
		r = r * 8 + (uint32_t)(p->s.s[p->at++] - '0');
	return r;
}

bool
re2_escape(struct re2 *p, uint32_t *ret_rune)
{
	static const char letters[] = "afnrtv";
	static const char values[] = "\a\f\n\r\t\v";
	size_t at = p->at++;
	uint32_t c;
	const char *letter;

	if (re2_at_end(p))
		return re2_fail(p, at, "trailing backslash");
	if (!re2_rune(p, &c))
		return false;
	if (c < 0x80 && !ascii_is_alnum(c)) {
		*ret_rune = c;
		return true;
	}
	if (c == '0' ||
	    (c < '8' && ascii_is_digit(c) && ascii_digit(re2_peek(p, 0)) < 8)) {
		*ret_rune = parse_octal(p, (char)c);
		return true;
	}
	if (c == 'x')
		return parse_hex(p, at, ret_rune);
	if (ascii_is_digit(c))
		return re2_fail(p, at, "back-references are not supported");
	letter = c < 0x80 ? strchr(letters, (int)c) : NULL;
	if (!letter)
		return re2_fail(p, at, "unknown escape");
	*ret_rune = (uint32_t)values[letter - letters];
	return true;
}

/* \Q...\E: every character stands for itself. */
static bool
parse_quoted(struct re2 *p)
{
	const char *end;
	size_t stop;
	uint32_t c;

	p->at += 2;
	end = memmem(p->s.s + p->at, p->s.n - p->at, "\\E", 2);
	stop = end ? (size_t)(end - p->s.s) : p->s.n;
	while (p->at < stop) {
		if (!re2_rune(p, &c) || !re2_put_literal(p, c))
			return false;
	}
	p->at = end ? stop + 2 : stop;
	return true;
}

static bool
parse_backslash(struct re2 *p)
{
	size_t at = p->at;
	char c = re2_peek(p, 1);
	uint32_t rune;

	switch (c) {
	case 'A':
	case 'b':
	case 'B':
	case 'z':
		p->at += 2;
		return re2_put_assertion(p, (char[]){'\\', c, '\0'});
	case 'Q':
		return parse_quoted(p);
	case 'C':
		return re2_fail(p, at, "\\C is not supported");
	}
	if (c == 'p' || c == 'P' || re2_is_perl(c)) {
		size_t out = p->out->n;

		return re2_bare_class(p) && re2_atom(p, out);
	}
	return re2_escape(p, &rune) && re2_put_literal(p, rune);
}

static bool
parse_close(struct re2 *p)
{
	if (p->groups.n == 1)
		return re2_fail(p, p->at, "unexpected )");
	p->at++;
	return re2_group_close(p);
}

static bool
parse_token(struct re2 *p)
{
	size_t out = p->out->n;
	uint32_t rune;

	switch (re2_peek(p, 0)) {
	case '(':
		return parse_open(p);
	case ')':
		return parse_close(p);
	case '|':
		p->at++;
		re2_group_bar(p);
		return true;
	case '^':
		p->at++;
		return re2_put_assertion(p,
		    p->flags & RE2_MULTILINE ? "(?m)^" : "\\A");
	case '$':
		p->at++;
		return re2_put_assertion(p,
		    p->flags & RE2_MULTILINE ? "(?m)$" : "\\z");
	case '.':
		p->at++;
		return re2_put_folded(p,
		    p->flags & RE2_DOT_ALL ? "." : "[^\\n]");
	case '[':
		return re2_class(p) && re2_atom(p, out);
	case '\\':
		return parse_backslash(p);
	}
	return re2_rune(p, &rune) && re2_put_literal(p, rune);
}

static bool
parse_operator(struct re2 *p)
{
	char op = re2_peek(p, 0);
	struct re2_repeat r = {
	    .at = p->at,
	    .min = op == '+',
	    .max = op == '?' ? 1 : RE2_NO_MAX,
	};

	if (op == '{')
		return parse_counted(p);
	p->at++;
	return parse_lazy(p, &r);
}

static bool
is_operator(char c)
{
	return c == '*' || c == '+' || c == '?' || c == '{';
}

static bool
parse(struct re2 *p)
{
	re2_group_open(p, false);
	while (!re2_at_end(p)) {
		if (is_operator(re2_peek(p, 0))) {
			if (!parse_operator(p))
				return false;
		} else {
			if (!parse_token(p))
				return false;
			p->after_repeat = false;
		}
	}
	if (p->groups.n > 1)
		return re2_fail(p, p->s.n, "missing )");
	return re2_group_close(p);
}

bool
re2_to_pcre2(struct buf *out, struct str pattern, struct re2_error *ret_err)
{
	struct re2 p = {.out = out, .s = pattern};

	if (pattern.n > RE2_MAX) {
		*ret_err = (struct re2_error){RE2_MAX, "pattern too long"};
		return false;
	}
	if (!parse(&p)) {
		*ret_err = p.err;
		return false;
	}
	return true;
}
