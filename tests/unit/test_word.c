/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Tables of words, from both sides.
 */

#include "base/word.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const struct word colors[] = {{"red", 3}, {"blue", 5}, {"azure", 5},
    {0}};
static const struct word none[] = {{0}};

static void
test_find(void **state)
{
	assert_int_equal(word_find(colors, STR("red"))->value, 3);
	assert_int_equal(word_find(colors, STR("azure"))->value, 5);
	assert_null(word_find(colors, STR("re")));
	assert_null(word_find(colors, STR("reds")));
	assert_null(word_find(none, STR("red")));
}

static void
test_of(void **state)
{
	assert_string_equal(word_of(colors, 3), "red");
	assert_string_equal(word_of(colors, 5), "blue");
	assert_null(word_of(colors, 0));
}

static void
test_lists(void **state)
{
	struct arena a = {0};
	const char *const *texts = word_texts(&a, colors);

	assert_string_equal(texts[0], "red");
	assert_string_equal(texts[2], "azure");
	assert_null(texts[3]);
	assert_string_equal(word_list(&a, colors, "", "|"), "red|blue|azure");
	assert_string_equal(word_list(&a, colors, "\"", ", "),
	    "\"red\", \"blue\", \"azure\"");
	assert_string_equal(word_list(&a, none, "\"", ", "), "");
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_find),
	    cmocka_unit_test(test_of),
	    cmocka_unit_test(test_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
