/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "diag_gen.h"
#include "lint/choice.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Whether rule ID of a file is shown by ROWS, and its level or -1. */
static int
level_by(const struct lint_row *row, size_t n, uint16_t id)
{
	struct arena a = {0};
	struct source_set set;
	struct diag_sink sink;
	struct lint_rows rows = {.dir = "/"};
	struct diag_arg args[8] = {{0}};
	int level;

	for (size_t i = 0; i < n; i++)
		*vec_push(&rows.v, &a) = row[i];
	source_set_init(&set, &a);
	diag_sink_init(&sink, &a);
	diag_add(&sink, id,
	    (struct span){source_add(&set, "/usr/a.yaml", STR("x")), 0, 1},
	    args);
	lint_choose(&sink, &set, &rows);
	level = sink.v.n == 1 ? (int)sink.v.v[0]->level : -1;
	for (int l = DIAG_NOTE; l <= DIAG_UNSUPPORTED; l++)
		assert_int_equal(sink.count[l], l == level);
	arena_free(&a);
	return level;
}

#define OF(word, verdict, origin)                                 \
	{                                                         \
		STR(word), LINT_##verdict, LINT_OF_##origin, NULL \
	}
#define ON_PATH(path, word, verdict)                                 \
	{                                                            \
		STR(word), LINT_##verdict, LINT_OF_CONFIG_PATH, path \
	}

static void
test_rows(void **state)
{
	const struct {
		int level;
		struct lint_row row[3];
	} cases[] = {
	    {DIAG_WARNING, {OF("exposure", OFF, COMMAND)}},
	    {-1, {OF("dns", OFF, COMMAND)}},
	    {-1, {OF("CNP619", OFF, COMMAND)}},
	    {-1, {OF("cnp619", OFF, COMMAND)}},
	    {-1, {OF("all", OFF, COMMAND)}},
	    {DIAG_ERROR,
		{OF("no-dns", ERROR, COMMAND), OF("dns", OFF, COMMAND)}},
	    {-1, {OF("no-dns", OFF, COMMAND), OF("dns", ERROR, COMMAND)}},
	    {DIAG_WARNING, {OF("all", OFF, COMMAND), OF("dns", ON, COMMAND)}},
	    {DIAG_WARNING, {OF("dns", ON, COMMAND), OF("all", OFF, COMMAND)}},
	    {DIAG_NOTE, {OF("dns", ERROR, COMMAND), OF("dns", NOTE, COMMAND)}},
	    /* Who is on the command line goes before who has a file. */
	    {-1, {OF("no-dns", ERROR, CONFIG), OF("all", OFF, COMMAND)}},
	    {DIAG_ERROR, {OF("no-dns", ERROR, CONFIG), OF("all", ON, COMMAND)}},
	    {-1, {OF("no-dns", ERROR, CONFIG), ON_PATH("usr", "all", OFF)}},
	    {DIAG_ERROR,
		{OF("no-dns", ERROR, CONFIG), ON_PATH("etc/*", "all", OFF)}},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t n = 0;

		while (n < COUNT(cases[i].row) && cases[i].row[n].word.n > 0)
			n++;
		assert_int_equal(level_by(cases[i].row, n, DIAG_NO_DNS),
		    cases[i].level);
	}
}

/* What could not be read is never hidden. */
static void
test_unread(void **state)
{
	const struct lint_row row[] = {OF("all", OFF, COMMAND),
	    OF("CNP001", OFF, COMMAND)};

	assert_int_equal(level_by(row, 2, DIAG_CANNOT_READ_FILE), DIAG_ERROR);
	assert_int_equal(level_by(row, 2, DIAG_UNKNOWN_FIELD), -1);
}

static void
test_names(void **state)
{
	struct arena a = {0};

	assert_true(lint_is_name(STR("dns")));
	assert_true(lint_is_name(STR("CNP101")));
	assert_false(lint_is_name(STR("CNP000")));
	assert_false(lint_is_name(STR("")));
	assert_false(lint_is_name(STR("DNS")));
	assert_string_equal(lint_name_hint(&a, STR("no-dms")),
	    "; did you mean \"no-dns\"?");
	assert_string_equal(lint_name_hint(&a, STR("exposur")),
	    "; did you mean \"exposure\"?");
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_unread),
	    cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
