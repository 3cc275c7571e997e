/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Label selectors, as lang/selector.h describes them.  Lists recurse on the
 * left, so the parser's stack stays small whatever the input.  Canonical LR,
 * because then the tokens that an error message expects are the right ones.
 */

%require "3.8"
%define api.pure full
%define api.prefix {lang_sel_}
%define api.token.prefix {LANG_SEL_}
%define api.value.type {union lang_sel_value}
%define api.location.type {struct lang_sel_at}
%define parse.error custom
%define lr.type canonical-lr
%locations
%param {struct lang_sel *p}

%code requires {
#include "lang/selector_parse.h"
}

%code {
#include "base/buf.h"

#define YYLLOC_DEFAULT(cur, rhs, n)                                            \
	do {                                                                   \
		(cur).start = YYRHSLOC(rhs, (n) ? 1 : 0).end;                  \
		(cur).end = YYRHSLOC(rhs, n).end;                              \
		if (n)                                                         \
			(cur).start = YYRHSLOC(rhs, 1).start;                  \
	} while (0)
}

%token END 0 "the end"
%token BAD "a character"
%token <word> WORD "a word"
%token <word> IN "'in'"
%token <word> NOT_IN "'notin'"
%token EQ "'='"
%token NE "'!='"
%token NOT "'!'"
%token COMMA "','"
%token OPEN "'('"
%token CLOSE "')'"

%type <word> word value
%type <req> requirement values

%%

selector:
	%empty
|	requirements
;

requirements:
	requirement
	{ *vec_push(&p->result.reqs, p->arena) = $1; }
|	requirements COMMA requirement
	{ *vec_push(&p->result.reqs, p->arena) = $3; }
;

requirement:
	word
	{ $$ = lang_sel_req(p, &@1, $1, LANG_EXISTS); }
|	NOT word
	{ $$ = lang_sel_req(p, &@2, $2, LANG_NOT_EXISTS); }
|	word EQ value
	{
		$$ = lang_sel_req(p, &@1, $1, LANG_IN);
		*vec_push(&$$.values, p->arena) = $3;
	}
|	word NE value
	{
		$$ = lang_sel_req(p, &@1, $1, LANG_NOT_IN);
		*vec_push(&$$.values, p->arena) = $3;
	}
|	word IN OPEN values CLOSE
	{
		$$ = lang_sel_req(p, &@1, $1, LANG_IN);
		$$.values.v = $4.values.v;
		$$.values.n = $4.values.n;
		if (@4.start == @4.end)
			lang_sel_error(&@5, p, "a list needs values");
	}
|	word NOT_IN OPEN values CLOSE
	{
		$$ = lang_sel_req(p, &@1, $1, LANG_NOT_IN);
		$$.values.v = $4.values.v;
		$$.values.n = $4.values.n;
		if (@4.start == @4.end)
			lang_sel_error(&@5, p, "a list needs values");
	}
;

values:
	value
	{
		$$ = (struct lang_req){0};
		*vec_push(&$$.values, p->arena) = $1;
	}
|	values COMMA value
	{
		$$ = $1;
		*vec_push(&$$.values, p->arena) = $3;
	}
;

value:
	%empty
	{ $$ = STR(""); }
|	word
;

/* These two may be keys and values as well. */
word:
	WORD
|	IN
|	NOT_IN
;

%%

/* Tells what was expected; a word says enough where "in" is one too. */
static int
yyreport_syntax_error(const yypcontext_t *ctx, struct lang_sel *p)
{
	yysymbol_kind_t want[YYNTOKENS];
	int n = yypcontext_expected_tokens(ctx, want, YYNTOKENS);
	bool word = false;
	int left = 0;
	struct buf b;

	for (int i = 0; i < n; i++)
		word = word || want[i] == YYSYMBOL_WORD;
	for (int i = 0; i < n; i++) {
		if (!word || (want[i] != YYSYMBOL_IN &&
		    want[i] != YYSYMBOL_NOT_IN))
			want[left++] = want[i];
	}
	buf_init(&b, p->arena);
	buf_puts(&b, "expected ");
	for (int i = 0; i < left; i++) {
		if (i > 0)
			buf_puts(&b, i == left - 1 ? " or " : ", ");
		buf_puts(&b, yysymbol_name(want[i]));
	}
	lang_sel_error(yypcontext_location(ctx), p, b.p);
	return 0;
}
