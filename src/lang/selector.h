/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Label selectors as people type them: the language of kubectl -l,
 *
 *     app=web,tier!=db,env in (a,b),env notin (c),role,!old
 *
 * where a key may begin with a label source ("reserved:host").  The grammar is
 * grammar/selector.y.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"

enum lang_op {
	LANG_IN,     /* present with one of the values; also = and == */
	LANG_NOT_IN, /* absent, or with none of the values; also != */
	LANG_EXISTS,
	LANG_NOT_EXISTS,
};

struct lang_req {
	struct str source; /* "" when none is written: any source */
	struct str key;
	enum lang_op op;
	VEC(struct str) values; /* in written order; for IN and NOT_IN */
};

/* All requirements must hold; none: everything is selected. */
struct lang_selector {
	VEC(struct lang_req) reqs;
};

/* What is wrong, with the bytes of the text that it is about. */
struct lang_error {
	uint32_t start, end;
	const char *text;
};

/* Longer texts are refused, in bytes. */
#define LANG_SELECTOR_MAX 65536

/* Results and the error's text are in A; nothing points into TEXT. */
bool lang_selector_parse(struct arena *a, struct str text,
    struct lang_selector *ret_selector, struct lang_error *ret_err);
