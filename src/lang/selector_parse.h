/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the selector lexer, the generated parser and the entry point share.
 * Private to lang/.
 */

#include "lang/selector.h"

/* Bytes start..end of the text. */
struct lang_sel_at {
	uint32_t start, end;
};

/* What the parser's symbols stand for. */
union lang_sel_value {
	struct str word;
	struct lang_req req;
};

/* One text being parsed. */
struct lang_sel {
	struct arena *arena;
	struct str text;
	uint32_t at; /* next byte for the lexer */
	struct lang_selector result;
	bool failed;
	struct lang_error err; /* the first one */
};

/* The next token: a lang_sel_token_kind_t of selector_gen.h. */
int lang_sel_lex(union lang_sel_value *ret_value, struct lang_sel_at *ret_at,
    struct lang_sel *p);

/* Notes an error, unless there is one.  Named and called by bison as well. */
void lang_sel_error(const struct lang_sel_at *at, struct lang_sel *p,
    const char *text);

/* Splits [source:]key, which is at AT. */
struct lang_req lang_sel_req(struct lang_sel *p, const struct lang_sel_at *at,
    struct str word, enum lang_op op);
