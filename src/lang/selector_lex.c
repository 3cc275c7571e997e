/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Label selectors: the lexer that the generated parser calls, what its actions
 * call, and the entry point.
 */
#include "base/ascii.h"
#include "lang/selector_parse.h"

#include "selector_gen.h"

/* What keys, values and their sources are made of. */
static bool
is_word(char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '_' || c == '.' ||
	    c == '/' || c == ':';
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct str
read_word(struct lang_sel *p)
{
	uint32_t start = p->at;
	size_t n;

	while (p->at < p->text.n && is_word(p->text.s[p->at]))
		p->at++;
	n = p->at - start;
	return (struct str){arena_dup(p->arena, p->text.s + start, n), n};
}

/* The token of the sign C, less any sign after it. */
static int
sign(char c)
{
	switch (c) {
	case '=':
		return LANG_SEL_EQ;
	case '!':
		return LANG_SEL_NOT;
	case ',':
		return LANG_SEL_COMMA;
	case '(':
		return LANG_SEL_OPEN;
	case ')':
		return LANG_SEL_CLOSE;
	}
	return LANG_SEL_BAD;
}

static int
read_sign(struct lang_sel *p)
{
	int token = sign(p->text.s[p->at++]);

	if (p->at < p->text.n && p->text.s[p->at] == '=' &&
	    (token == LANG_SEL_EQ || token == LANG_SEL_NOT)) {
		p->at++;
		return token == LANG_SEL_EQ ? LANG_SEL_EQ : LANG_SEL_NE;
	}
	return token;
}

static int
read_token(struct lang_sel *p, union lang_sel_value *ret_value)
{
	if (p->at >= p->text.n)
		return LANG_SEL_END;
	if (!is_word(p->text.s[p->at]))
		return read_sign(p);
	ret_value->word = read_word(p);
	if (str_is(ret_value->word, "in"))
		return LANG_SEL_IN;
	if (str_is(ret_value->word, "notin"))
		return LANG_SEL_NOT_IN;
	return LANG_SEL_WORD;
}

int
lang_sel_lex(union lang_sel_value *ret_value, struct lang_sel_at *ret_at,
    struct lang_sel *p)
{
	int token;

	while (p->at < p->text.n && is_blank(p->text.s[p->at]))
		p->at++;
	ret_at->start = p->at;
	token = read_token(p, ret_value);
	ret_at->end = p->at;
	return token;
}

void
lang_sel_error(const struct lang_sel_at *at, struct lang_sel *p,
    const char *text)
{
	if (p->failed)
		return;
	p->failed = true;
	p->err = (struct lang_error){at->start, at->end, text};
}

struct lang_req
lang_sel_req(struct lang_sel *p, const struct lang_sel_at *at, struct str word,
    enum lang_op op)
{
	const char *colon = memchr(word.s, ':', word.n);
	struct lang_req r = {.source = STR(""), .key = word, .op = op};

	if (colon) {
		r.source.s = word.s;
		r.source.n = (size_t)(colon - word.s);
		r.key.s = colon + 1;
		r.key.n = word.n - r.source.n - 1;
	}
	if (r.key.n == 0 || (colon && r.source.n == 0) ||
	    memchr(r.key.s, ':', r.key.n))
		lang_sel_error(at, p, "a key is written [source:]name");
	return r;
}

bool
lang_selector_parse(struct arena *a, struct str text,
    struct lang_selector *ret_selector, struct lang_error *ret_err)
{
	struct lang_sel p = {.arena = a, .text = text};

	if (text.n > LANG_SELECTOR_MAX)
		lang_sel_error(&(struct lang_sel_at){LANG_SELECTOR_MAX,
				   (uint32_t)text.n},
		    &p, "selector too long");
	else
		lang_sel_parse(&p);
	if (p.failed) {
		*ret_err = p.err;
		return false;
	}
	*ret_selector = p.result;
	return true;
}
