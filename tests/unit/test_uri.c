/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/uri.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
test_both_ways(void **state)
{
	static const struct {
		const char *path, *uri;
	} cases[] = {
	    {"/a/b.yaml", "file:///a/b.yaml"},
	    {"/a b/%.yaml", "file:///a%20b/%25.yaml"},
	    {"/\xc3\xa4:~", "file:///%C3%A4%3A~"},
	    {"/\xff", "file:///%FF"},
	};
	struct arena a = {0};

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_string_equal(uri_of_file(&a, cases[i].path),
		    cases[i].uri);
		assert_string_equal(uri_file(&a, str_of(cases[i].uri)),
		    cases[i].path);
	}
	assert_string_equal(uri_of_file(&a, "a/b c"), "a/b%20c");
	arena_free(&a);
}

static void
test_other_forms(void **state)
{
	struct arena a = {0};

	assert_string_equal(uri_file(&a, STR("file://localhost/a%2fb")),
	    "/a/b");
	assert_string_equal(uri_file(&a, STR("file:///c%3A/x")), "/c:/x");
	arena_free(&a);
}

static void
test_no_file(void **state)
{
	static const struct str cases[] = {STR(""), STR("file:"),
	    STR("file://"), STR("file://host/a"), STR("untitled:1"),
	    STR("http://a/b"), STR("file:///a%0"), STR("file:///a%zz"),
	    STR("file:///a%00b"), STR("file:///a\0b")};
	struct arena a = {0};

	for (size_t i = 0; i < COUNT(cases); i++) {
		if (uri_file(&a, cases[i]))
			fail_msg("%s", cases[i].s);
	}
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_both_ways),
	    cmocka_unit_test(test_other_forms),
	    cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
