/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/re2.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/*
 * Go's limits.  COPIES bounds the product of nested counted repetitions,
 * NODES the program size in instructions, HEIGHT that of the syntax tree.
 */
enum {
	MAX_COPIES = 1000,
	MAX_HEIGHT = 1000,
	MAX_NODES = (128 << 20) / 40,
	MAX_COUNT = 100000000, /* a number that is surely too large */
};

enum { NO_MAX = -1 };

/* What an expression costs, by Go's counting. */
struct cost {
	uint64_t nodes;
	uint32_t copies;
	uint32_t height;
};

/* Something that a repetition operator can follow. */
struct atom {
	size_t out;    /* where it begins in the output */
	bool repeated; /* it already ends in an operator */
	struct cost cost;
};

/* An open parenthesis, or the whole pattern. */
struct re2_group {
	unsigned flags; /* of what follows the group */
	bool capture;
	size_t out;
	uint32_t nbranches; /* complete ones */
	struct cost branches;
	uint32_t natoms; /* complete ones of this branch */
	struct cost atoms;
	bool has_last;
	struct atom last; /* the newest atom, not yet complete */
};

bool
re2_fail(struct re2 *p, size_t at, const char *text)
{
	p->err = (struct re2_error){at, text};
	return false;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* The value of a hexadecimal digit, or -1. */
static int
unhex(uint32_t c)
{
	if (c >= '0' && c <= '9')
		return (int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (int)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (int)(c - 'A') + 10;
	return -1;
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

static uint32_t
max_u32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* Adds an expression that stands beside those of SUM. */
static void
cost_add(struct cost *sum, struct cost c)
{
	sum->nodes += c.nodes;
	sum->copies = max_u32(sum->copies, c.copies);
	sum->height = max_u32(sum->height, c.height);
}

static struct re2_group *
group_top(struct re2 *p)
{
	return &p->groups.v[p->groups.n - 1];
}

/* The newest atom can no longer be repeated. */
static void
atom_complete(struct re2_group *g)
{
	if (!g->has_last)
		return;
	cost_add(&g->atoms, g->last.cost);
	g->natoms++;
	g->has_last = false;
}

static bool
cost_check(struct re2 *p, struct cost c, size_t at)
{
	if (c.nodes > MAX_NODES)
		return re2_fail(p, at, "expression too large");
	if (c.height > MAX_HEIGHT)
		return re2_fail(p, at, "expression nests too deeply");
	return true;
}

/* What was put since OUT is an atom. */
static bool
atom_push(struct re2 *p, size_t out, struct cost cost)
{
	struct re2_group *g = group_top(p);

	atom_complete(g);
	g->has_last = true;
	g->last = (struct atom){.out = out, .cost = cost};
	return cost_check(p, g->atoms, p->at) && cost_check(p, cost, p->at);
}

static bool
atom_push_simple(struct re2 *p, size_t out)
{
	return atom_push(p, out, (struct cost){1, 1, 1});
}

/* Puts "(?i:" TEXT ")" or TEXT alone, by the flags. */
static bool
put_folded(struct re2 *p, const char *text)
{
	size_t out = p->out->n;

	buf_printf(p->out, p->flags & RE2_FOLD ? "(?i:%s)" : "%s", text);
	return atom_push_simple(p, out);
}

/* Puts an assertion, wrapped so that PCRE2 takes an operator behind it. */
static bool
put_assertion(struct re2 *p, const char *text)
{
	size_t out = p->out->n;

	buf_printf(p->out, "(?:%s)", text);
	return atom_push_simple(p, out);
}

static bool
put_literal(struct re2 *p, uint32_t c)
{
	char text[24];

	/* Half a surrogate pair is in no UTF-8 text. */
	if (re2_is_surrogate(c))
		return put_folded(p, "[^\\x{0}-\\x{10ffff}]");
	snprintf(text, sizeof(text), re2_is_alnum(c) ? "%c" : "\\x{%x}",
	    (int)c);
	return put_folded(p, text);
}

static void
group_open(struct re2 *p, bool capture)
{
	struct re2_group *g;

	if (p->groups.n > 0)
		atom_complete(group_top(p));
	g = vec_push(&p->groups, p->out->arena);
	*g = (struct re2_group){.flags = p->flags,
	    .capture = capture,
	    .out = p->out->n};
	buf_puts(p->out, "(?:");
}

/* The end of a branch: at | or at the end of the group. */
static void
branch_complete(struct re2_group *g)
{
	atom_complete(g);
	if (g->atoms.nodes == 0)
		g->atoms.nodes = 1;
	g->atoms.height += g->natoms == 1 ? 0 : 1;
	cost_add(&g->branches, g->atoms);
	g->nbranches++;
	g->natoms = 0;
	g->atoms = (struct cost){0};
}

/* The cost of all of a group's branches. */
static struct cost
group_cost(struct re2_group *g)
{
	struct cost c;

	branch_complete(g);
	c = g->branches;
	if (g->nbranches > 1) {
		c.nodes += g->nbranches - 1;
		c.height++;
	}
	if (g->capture) {
		c.nodes += 2;
		c.height++;
	}
	return c;
}

static bool
group_close(struct re2 *p)
{
	struct re2_group *g = group_top(p);
	struct cost cost;
	size_t out = g->out;

	if (p->groups.n == 1)
		return re2_fail(p, p->at, "unexpected )");
	cost = group_cost(g);
	p->flags = g->flags;
	p->groups.n--;
	p->at++;
	buf_putc(p->out, ')');
	return atom_push(p, out, cost);
}

/* Puts S in front of what was put since OUT. */
static void
insert(struct buf *b, size_t out, const char *s)
{
	size_t n = strlen(s);

	buf_puts(b, s);
	memmove(b->p + out + n, b->p + out, b->n - n - out);
	memcpy(b->p + out, s, n);
}

/* The cost of {MIN,MAX}; an operator without counts is {0,NO_MAX}. */
static struct cost
cost_repeat(struct cost c, int min, int max, bool counted)
{
	uint32_t most = (uint32_t)(max == NO_MAX ? min : max);

	c.height++;
	if (!counted) {
		c.nodes += 2;
		return c;
	}
	if (max == NO_MAX)
		c.nodes = min == 0 ? c.nodes + 2 : 1 + (uint32_t)min * c.nodes;
	else
		c.nodes = most * c.nodes + (uint32_t)(max - min);
	if (c.nodes == 0)
		c.nodes = 1;
	if (max == 0)
		c.copies = 0;
	else if (most > 0)
		c.copies *= most;
	return c;
}

/* Puts the operator OP, which was read from AT on, behind the last atom. */
static bool
put_repeat(struct re2 *p, size_t at, const char *op, int min, int max,
    bool counted)
{
	struct re2_group *g = group_top(p);

	if (p->after_repeat)
		return re2_fail(p, at,
		    *op == '+' ? "possessive repetition is not supported"
			       : "nested repetition");
	if (!g->has_last)
		return re2_fail(p, at, "nothing to repeat");
	if (re2_peek(p, 0) == '?')
		p->at++;
	if (g->last.repeated) {
		insert(p->out, g->last.out, "(?:");
		buf_putc(p->out, ')');
	}
	buf_puts(p->out, op);
	g->last.repeated = true;
	g->last.cost = cost_repeat(g->last.cost, min, max, counted);
	p->after_repeat = true;
	if (g->last.cost.copies > MAX_COPIES && (min >= 2 || max >= 2))
		return re2_fail(p, at,
		    "repetitions nest to more than 1000 copies");
	return cost_check(p, g->last.cost, at);
}

/* Decimal digits at *AT without a leading zero; false: no number. */
static bool
read_count(const struct re2 *p, size_t *at, int *ret_count)
{
	const char *s = p->s.s;
	int n = 0;

	if (!is_digit(s[*at]) || (s[*at] == '0' && is_digit(s[*at + 1])))
		return false;
	for (; is_digit(s[*at]); ++*at) {
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
		max = NO_MAX;
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

static bool
parse_counted(struct re2 *p)
{
	size_t at = p->at;
	int min, max;
	char op[32];

	if (!read_counts(p, &min, &max)) {
		p->at++;
		p->after_repeat = false;
		return put_literal(p, '{');
	}
	if (min > MAX_COPIES || max > MAX_COPIES)
		return re2_fail(p, at, "repetition count over 1000");
	if (max != NO_MAX && min > max)
		return re2_fail(p, at, "repetition counts in the wrong order");
	if (max == NO_MAX)
		snprintf(op, sizeof(op), "{%d,}", min);
	else
		snprintf(op, sizeof(op), "{%d,%d}", min, max);
	return put_repeat(p, at, op, min, max, true);
}

/* (?P<name> or (?<name>, from its < on. */
static bool
parse_name(struct re2 *p, size_t at)
{
	size_t start = ++p->at;

	while (!re2_at_end(p) &&
	    (re2_is_alnum((unsigned char)re2_peek(p, 0)) ||
		re2_peek(p, 0) == '_'))
		p->at++;
	if (re2_at_end(p) || re2_peek(p, 0) != '>' || p->at == start)
		return re2_fail(p, at,
		    re2_peek(p, 0) == '=' || re2_peek(p, 0) == '!'
			? "look-around is not supported"
			: "invalid group name");
	p->at++;
	group_open(p, true);
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

/* Flags up to ) or :, with those behind a - taken away. */
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
				group_open(p, false);
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
		group_open(p, true);
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

/* \x41 or \x{41}, behind the x. */
static bool
parse_hex(struct re2 *p, size_t at, uint32_t *ret_rune)
{
	bool braces = re2_peek(p, 0) == '{';
	uint32_t r = 0;
	unsigned n = 0;

	if (braces)
		p->at++;
	for (; !re2_at_end(p) && (braces || n < 2); n++, p->at++) {
		int v = unhex((unsigned char)re2_peek(p, 0));

		if (v < 0)
			break;
		r = r << 4 | (uint32_t)v;
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

	for (int i = 1; i < 3 && is_octal(re2_peek(p, 0)); i++)
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
	if (c < 0x80 && !re2_is_alnum(c)) {
		*ret_rune = c;
		return true;
	}
	if (c == '0' || (c >= '1' && c <= '7' && is_octal(re2_peek(p, 0)))) {
		*ret_rune = parse_octal(p, (char)c);
		return true;
	}
	if (c == 'x')
		return parse_hex(p, at, ret_rune);
	if (c >= '1' && c <= '9')
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
		if (!re2_rune(p, &c) || !put_literal(p, c))
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
		return put_assertion(p, (char[]){'\\', c, '\0'});
	case 'Q':
		return parse_quoted(p);
	case 'C':
		return re2_fail(p, at, "\\C is not supported");
	}
	if (c == 'p' || c == 'P' || re2_is_perl(c)) {
		size_t out = p->out->n;

		return re2_bare_class(p) && atom_push_simple(p, out);
	}
	return re2_escape(p, &rune) && put_literal(p, rune);
}

static bool
parse_bar(struct re2 *p)
{
	branch_complete(group_top(p));
	p->at++;
	buf_putc(p->out, '|');
	return true;
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
		return group_close(p);
	case '|':
		return parse_bar(p);
	case '^':
		p->at++;
		return put_assertion(p,
		    p->flags & RE2_MULTILINE ? "(?m)^" : "\\A");
	case '$':
		p->at++;
		return put_assertion(p,
		    p->flags & RE2_MULTILINE ? "(?m)$" : "\\z");
	case '.':
		p->at++;
		return put_folded(p, p->flags & RE2_DOT_ALL ? "." : "[^\\n]");
	case '[':
		return re2_class(p) && atom_push_simple(p, out);
	case '\\':
		return parse_backslash(p);
	}
	return re2_rune(p, &rune) && put_literal(p, rune);
}

static bool
parse_operator(struct re2 *p)
{
	size_t at = p->at;
	char op[] = {p->s.s[at], '\0'};

	if (op[0] == '{')
		return parse_counted(p);
	p->at++;
	return put_repeat(p, at, op, 0, op[0] == '?' ? 1 : NO_MAX, false);
}

static bool
is_operator(char c)
{
	return c == '*' || c == '+' || c == '?' || c == '{';
}

static bool
parse(struct re2 *p)
{
	group_open(p, false);
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
	buf_putc(p->out, ')');
	return cost_check(p, group_cost(group_top(p)), 0);
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
