/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which findings are shown, and as how grave.  Rules are named by their name,
 * their id, their family, or as "all".
 *
 * What keeps an input from being read is always shown.
 */

#include "base/str.h"
#include "base/vec.h"
#include "diag/diag.h"

enum lint_verdict {
	LINT_OFF,
	LINT_ON, /* at the level that it has */
	/* On, at this level. */
	LINT_NOTE,
	LINT_WARNING,
	LINT_ERROR,
};

/* Who chose: the later ones go before the earlier ones. */
enum lint_origin {
	LINT_OF_CONFIG,
	LINT_OF_CONFIG_PATH, /* for some files alone */
	LINT_OF_COMMAND,
};

/*
 * What is chosen for the rules that WORD names.  Of two of one origin that
 * which names a rule itself goes before that which names its family, and that
 * before "all"; and of two that are as exact, the later one.
 */
struct lint_row {
	struct str word;
	enum lint_verdict verdict;
	enum lint_origin origin;
	const char *path; /* for files whose name fits this glob; NULL: all */
};

struct lint_rows {
	VEC(struct lint_row) v;
	const char *dir; /* the real path that names for globs are below */
};

/* Whether WORD names the rule INFO, its family, or all. */
bool lint_names(struct str word, const struct diag_info *info);

/* Whether there is anything of that name. */
bool lint_is_name(struct str word);

/* "; did you mean "NAME"?" for a WORD that names nothing, or ""; in A. */
const char *lint_name_hint(struct arena *a, struct str word);

/* What was chosen for one file: a row for each of diag_table. */
struct lint_choices {
	struct lint_choice *v;
};

/* Makes of ROWS what holds for a source of SET, or for none (0), in A. */
void lint_choices_make(struct lint_choices *c, struct arena *a,
    const struct lint_rows *rows, const struct source_set *set,
    uint32_t source);

/* Whether the diagnostic ID is shown. */
bool lint_is_on(const struct lint_choices *c, unsigned id);

/* Takes out of SINK what is not to be shown, and gives the rest its level. */
void lint_choose(struct diag_sink *sink, const struct source_set *set,
    const struct lint_rows *rows);
