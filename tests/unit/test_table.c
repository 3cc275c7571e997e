/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "report/table.h"

static void
test_layout(void **state)
{
	struct arena a = {0};
	struct table t;
	struct buf b;

	buf_init(&b, &a);
	table_init(&t, &a, "rlrl");
	table_words(&t, "ID|NAME|N|LAST");
	table_cell(&t, "%u", 7);
	table_str(&t, STR("shop/app=web"));
	table_cell(&t, "%u", 12345);
	table_str(&t, STR("x"));
	table_words(&t, "16777217||1|");
	assert_int_equal(table_rows(&t), 3);
	table_put(&b, &t, 2);
	assert_string_equal(buf_as_str(&b).s,
	    "        ID  NAME              N  LAST\n"
	    "         7  shop/app=web  12345  x\n"
	    "  16777217                    1\n");
	arena_free(&a);
}

/* Columns are what is seen: code points, and escapes in full. */
static void
test_width(void **state)
{
	struct arena a = {0};
	struct table t;
	struct buf b;

	buf_init(&b, &a);
	table_init(&t, &a, "ll");
	table_words(&t, "\xc3\xbc\xc3\xbc|1|\x1b[31m|2|1234567|3");
	table_put(&b, &t, 0);
	assert_string_equal(buf_as_str(&b).s,
	    "\xc3\xbc\xc3\xbc        1\n"
	    "\\x1b[31m  2\n"
	    "1234567   3\n");
	arena_free(&a);
}

static void
test_empty(void **state)
{
	struct arena a = {0};
	struct table t;
	struct buf b;

	buf_init(&b, &a);
	table_init(&t, &a, "lll");
	table_put(&b, &t, 4);
	assert_string_equal(buf_as_str(&b).s, "");
	assert_int_equal(table_rows(&t), 0);
	arena_free(&a);
}

/* What a cell holds neither ends it nor changes how it looks. */
static void
test_rows(void **state)
{
	struct arena a = {0};
	struct table t;
	struct buf csv, markdown;

	buf_init(&csv, &a);
	buf_init(&markdown, &a);
	table_init(&t, &a, "lr");
	table_words(&t, "name|n");
	table_str(&t, STR("a|b, \"c\""));
	table_words(&t, "|");
	table_str(&t, STR("<x>\n"));
	table_str(&t, STR("*1_\x1b"));
	table_str(&t, STR("7"));
	table_put_csv(&csv, &t);
	assert_string_equal(buf_as_str(&csv).s,
	    "name,n\n"
	    "\"a|b, \"\"c\"\"\",\n"
	    ",<x>\\n\n"
	    "*1_\\x1b,7\n");
	table_put_markdown(&markdown, &t);
	assert_string_equal(buf_as_str(&markdown).s,
	    "| name | n |\n"
	    "| --- | ---: |\n"
	    "| a\\|b, \"c\" |  |\n"
	    "|  | \\<x>\\\\n |\n"
	    "| \\*1\\_\\\\x1b | 7 |\n");
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_layout),
	    cmocka_unit_test(test_width),
	    cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
