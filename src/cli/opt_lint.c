/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options that choose among findings.
 */
#include "cli/opt_lint.h"

#include <string.h>

const struct word fail_on_words[] = {{"note", FAIL_ON_NOTE},
    {"warning", FAIL_ON_WARNING}, {"error", FAIL_ON_ERROR},
    {"never", FAIL_NEVER}, {0}};

/* Adds a row for each of the names in LIST, some of them with commas. */
static int
add_rows(struct cli *cli, const struct str_list *list,
    enum lint_verdict verdict, struct lint_rows *rows)
{
	VEC_FOREACH (p, &list->v) {
		const char *text = *p;

		do {
			size_t n = strcspn(text, ",");
			struct str word = {text, n};

			if (!lint_is_name(word))
				return cli_usage(cli,
				    "no rule or family \"" STR_FMT "\"%s",
				    STR_ARG(word),
				    lint_name_hint(&cli->arena, word));
			*vec_push(&rows->v, &cli->arena) =
			    (struct lint_row){.word = word,
				.verdict = verdict,
				.origin = LINT_OF_COMMAND};
			text += n;
		} while (*text++ == ',');
	}
	return OPT_GO;
}

int
lint_words_rows(struct cli *cli, const struct lint_words *w,
    struct lint_rows *rows)
{
	const struct {
		const struct str_list *list;
		enum lint_verdict verdict;
	} lists[] = {{&w->select, LINT_ON}, {&w->warning, LINT_WARNING},
	    {&w->error, LINT_ERROR}, {&w->ignore, LINT_OFF}};
	int status = OPT_GO;

	if (w->select.v.n > 0)
		*vec_push(&rows->v, &cli->arena) =
		    (struct lint_row){.word = STR("all"),
			.verdict = LINT_OFF,
			.origin = LINT_OF_COMMAND};
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		if (status == OPT_GO)
			status = add_rows(cli, lists[i].list, lists[i].verdict,
			    rows);
	}
	return status;
}

bool
lint_fails(const struct diag_sink *found, enum fail_on least)
{
	switch (least) {
	case FAIL_ON_NOTE:
		return found->v.n > 0;
	case FAIL_ON_WARNING:
		return found->count[DIAG_WARNING] > 0 || diag_failed(found);
	case FAIL_ON_ERROR:
		return diag_failed(found);
	case FAIL_NEVER:
		return false;
	}
	return false;
}
