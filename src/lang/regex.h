/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Regular expressions of policies: HTTP paths, methods and hosts, DNS names.
 * The syntax is RE2's, as the agent and its proxy take it; the engine is
 * PCRE2's.  A whole text is matched by its automaton, which never backtracks:
 * the time grows with the text, whoever wrote it, and has a limit.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

struct lang_regex;

/*
 * Whether Go's regexp.Compile takes PATTERN.  If not, ERR gets the reason
 * with its byte offset: "missing ) at offset 1".
 */
bool lang_regex_check(struct str pattern, char *err, size_t errlen);

/*
 * Compiles PATTERN into A, for matching whole texts.  NULL: it is not RE2, or
 * too large for the engine; then ERR says why.
 */
const struct lang_regex *lang_regex_compile(struct arena *a, struct str pattern,
    char *err, size_t errlen);

enum lang_match {
	LANG_NO_MATCH,
	LANG_MATCH,
	LANG_MATCH_UNKNOWN, /* the text is not UTF-8, or a limit was reached */
};

/* Whether all of TEXT matches. SCRATCH takes working memory. */
enum lang_match lang_regex_match(const struct lang_regex *re,
    struct arena *scratch, struct str text);

/*
 * Compiles PATTERN for lang_regex_at_start().  NULL as above.
 */
const struct lang_regex *lang_regex_search(struct arena *a, struct str pattern,
    char *err, size_t errlen);

/*
 * Whether the leftmost match in TEXT, as Go's FindStringIndex() finds it,
 * begins at its start; *ret_end is where it ends.  This one can backtrack, and
 * gives up early.
 */
enum lang_match lang_regex_at_start(const struct lang_regex *re,
    struct str text, size_t *ret_end);
