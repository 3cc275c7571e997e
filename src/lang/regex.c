/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiling and matching with PCRE2: checks and translates a pattern through
 * re2.h, then runs the automaton within bounds of time and memory.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "lang/regex.h"

#include <assert.h>
#include <pcre2.h>
#include <stdio.h>

#include "lang/re2.h"

/*
 * For each character the automaton compares the states that are active at once
 * with each other.  They live in the workspace, six ints for each: three for
 * what is active now and three for what is next.  So the workspace's size and
 * that of the text bound the comparisons of a match: a text of 16,384 bytes may
 * meet some 350 states at once, one of 100 bytes 4,400.
 */
enum {
	WORKSPACE_FIRST = 1024, /* ints */
	WORKSPACE_MAX = 32768,
	WORKSPACE_STATE = 6,
	TEXT_MAX = 16384,         /* bytes */
	COMPARISONS = 1000000000, /* half a second's */
	STEPS_MAX = 100000,       /* of a search that can backtrack */
};

struct lang_regex {
	const pcre2_code *code;
};

static void *
memory_get(size_t size, void *arena)
{
	return arena_alloc(arena, size);
}

/* Arenas free all at once. */
static void
memory_put(void *p, void *arena)
{
}

static pcre2_general_context *
memory_in(struct arena *a)
{
	return pcre2_general_context_create(memory_get, memory_put, a);
}

static pcre2_code *
compile(struct arena *a, struct str pattern, int *ret_error)
{
	pcre2_compile_context *ctx = pcre2_compile_context_create(memory_in(a));
	size_t at;

	pcre2_set_newline(ctx, PCRE2_NEWLINE_LF);
	pcre2_set_parens_nest_limit(ctx, 1000);
	return pcre2_compile((PCRE2_SPTR)pattern.s, pattern.n,
	    PCRE2_UTF | PCRE2_DOTALL | PCRE2_ALT_CIRCUMFLEX |
		PCRE2_NO_AUTO_CAPTURE | PCRE2_NEVER_BACKSLASH_C,
	    ret_error, &at, ctx);
}

bool
re2_script_known(struct str name)
{
	/* Scripts whose full names are as short as the others' codes, which
	 * PCRE2 takes and RE2 does not. */
	static const char *const short_names[] = {"ahom", "cham", "kawi",
	    "lisu", "modi", "thai", "toto"};
	struct arena a = {0};
	struct buf b;
	bool known = name.n != 4;
	int error;

	for (size_t i = 0; i < sizeof(short_names) / sizeof(*short_names); i++)
		known = known || str_is(name, short_names[i]);
	if (known) {
		buf_init(&b, &a);
		buf_printf(&b, "\\p{sc:" STR_FMT "}", STR_ARG(name));
		known = compile(&a, buf_as_str(&b), &error);
		arena_free(&a);
	}
	return known;
}

/* The errors that a pattern from re2_to_pcre2() can still meet. */
static bool
is_too_large(int error)
{
	return error == PCRE2_ERROR_PATTERN_TOO_LARGE ||
	    error == PCRE2_ERROR_PARENTHESES_NEST_TOO_DEEP ||
	    error == PCRE2_ERROR_PATTERN_TOO_COMPLICATED;
}

static bool
translate(struct buf *out, struct str pattern, char *err, size_t errlen)
{
	struct re2_error e;

	if (re2_to_pcre2(out, pattern, &e))
		return true;
	snprintf(err, errlen, "%s at offset %zu", e.text, e.at);
	return false;
}

bool
lang_regex_check(struct str pattern, char *err, size_t errlen)
{
	struct arena a = {0};
	struct buf out;
	bool ok;

	buf_init(&out, &a);
	ok = translate(&out, pattern, err, errlen);
	arena_free(&a);
	return ok;
}

/* PATTERN between BEFORE and AFTER, in PCRE2's syntax. */
static const struct lang_regex *
compile_between(struct arena *a, const char *before, struct str pattern,
    const char *after, char *err, size_t errlen)
{
	struct arena tmp = {0};
	struct buf out;
	struct lang_regex *re = NULL;
	pcre2_code *code;
	int error;

	buf_init(&out, &tmp);
	buf_puts(&out, before);
	if (translate(&out, pattern, err, errlen)) {
		buf_puts(&out, after);
		code = compile(a, buf_as_str(&out), &error);
		if (code) {
			re = ARENA_NEW(a, struct lang_regex);
			re->code = code;
		} else {
			assert(is_too_large(error));
			snprintf(err, errlen, "pattern too large to match");
		}
	}
	arena_free(&tmp);
	return re;
}

const struct lang_regex *
lang_regex_compile(struct arena *a, struct str pattern, char *err,
    size_t errlen)
{
	return compile_between(a, "\\A", pattern, "\\z", err, errlen);
}

const struct lang_regex *
lang_regex_search(struct arena *a, struct str pattern, char *err, size_t errlen)
{
	return compile_between(a, "", pattern, "", err, errlen);
}

/* What a return value of the engine says. */
static enum lang_match
match_of(int rc)
{
	if (rc >= 0)
		return LANG_MATCH;
	return rc == PCRE2_ERROR_NOMATCH ? LANG_NO_MATCH : LANG_MATCH_UNKNOWN;
}

enum lang_match
lang_regex_at_start(const struct lang_regex *re, struct str text,
    size_t *ret_end)
{
	struct arena scratch = {0};
	pcre2_match_context *limits =
	    pcre2_match_context_create(memory_in(&scratch));
	pcre2_match_data *data =
	    pcre2_match_data_create(1, memory_in(&scratch));
	enum lang_match m;
	size_t first, end;

	pcre2_set_match_limit(limits, STEPS_MAX);
	m = match_of(pcre2_match(re->code, (PCRE2_SPTR)text.s, text.n, 0, 0,
	    data, limits));
	first = pcre2_get_ovector_pointer(data)[0];
	end = pcre2_get_ovector_pointer(data)[1];
	arena_free(&scratch);
	if (m != LANG_MATCH)
		return m;
	if (first != 0)
		return LANG_NO_MATCH;
	*ret_end = end;
	return LANG_MATCH;
}

/* Whether states that fill so large a workspace can meet N bytes. */
static bool
is_affordable(size_t workspace, size_t n)
{
	size_t states = workspace / WORKSPACE_STATE;

	return workspace <= WORKSPACE_MAX &&
	    states * states / 2 * n <= COMPARISONS;
}

enum lang_match
lang_regex_match(const struct lang_regex *re, struct arena *scratch,
    struct str text)
{
	pcre2_match_data *data;
	int first[WORKSPACE_FIRST];
	int *workspace = first;
	size_t n = WORKSPACE_FIRST;
	int rc;

	if (text.n > TEXT_MAX)
		return LANG_MATCH_UNKNOWN;
	data = pcre2_match_data_create(1, memory_in(scratch));
	for (;;) {
		rc = pcre2_dfa_match(re->code, (PCRE2_SPTR)text.s, text.n, 0, 0,
		    data, NULL, workspace, n);
		if (rc != PCRE2_ERROR_DFA_WSSIZE ||
		    !is_affordable(2 * n, text.n))
			return match_of(rc);
		n *= 2;
		workspace = ARENA_ARRAY(scratch, int, n);
	}
}
