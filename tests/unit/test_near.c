/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/near.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
test_miss(void **state)
{
	static const struct {
		const char *given, *name;
		int distance; /* -1: too far */
	} cases[] = {
	    {"lint", "lint", 0},
	    {"LINT", "lint", 0},
	    {"lnt", "lint", 1},
	    {"liint", "lint", 1},
	    {"lent", "lint", 1},
	    {"lnit", "lint", 1},
	    {"tnil", "lint", -1},
	    {"complie", "compile", 1},
	    {"fromEndpiont", "fromEndpoints", 2},
	    {"show", "lint", -1},
	    {"", "lint", -1},
	    {"x", "y", -1},
	    {"", "", -1},
	    {"0123456789012345678901234567890123456789012345678",
		"0123456789012345678901234567890123456789012345678", -1},
	    {"012345678901234567890123456789012345678901234567",
		"01234567890123456789012345678901234567890123456x", 1},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		unsigned distance = 99;
		bool near = near_miss(str_of(cases[i].given),
		    str_of(cases[i].name), &distance);

		assert_int_equal(near, cases[i].distance >= 0);
		assert_int_equal(distance, near ? cases[i].distance : 99);
	}
}

static void
test_guess(void **state)
{
	static const char *const names[] = {"--cluster-name", "--cluster",
	    "--color", NULL};

	assert_string_equal(near_guess(STR("--clustr"), names), "--cluster");
	assert_string_equal(near_guess(STR("--colour"), names), "--color");
	assert_string_equal(near_guess(STR("--clustername"), names),
	    "--cluster-name");
	assert_null(near_guess(STR("--port"), names));
	assert_null(near_guess(STR("--cluster"), &names[3]));
}

static void
test_hint(void **state)
{
	static const char *const names[] = {"show", "lint", NULL};
	struct arena a = {0};

	assert_string_equal(near_hint(&a, STR("lnt"), names, ""),
	    "; did you mean lint?");
	assert_string_equal(near_hint(&a, STR("lnt"), names, "\""),
	    "; did you mean \"lint\"?");
	assert_string_equal(near_hint(&a, STR("trace"), names, "\""), "");
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_miss),
	    cmocka_unit_test(test_guess),
	    cmocka_unit_test(test_hint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
