/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/glob.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
test_fits(void **state)
{
	static const struct {
		const char *glob, *path;
		bool fits;
	} cases[] = {
	    {"a.yaml", "a.yaml", true},
	    {"a.yaml", "x/y/a.yaml", true},
	    {"*.yaml", "x/a.yaml", true},
	    {"*.yaml", "x/a.yml", false},
	    {"/*.yaml", "a.yaml", true},
	    {"/*.yaml", "x/a.yaml", false},
	    {"vendor", "vendor/x/a.yaml", true},
	    {"vendor/", "x/vendor/a.yaml", true},
	    {"vendor", "vendors/a.yaml", false},
	    {"x/*", "x/y/a.yaml", true},
	    {"x/*.yaml", "x/y/a.yaml", false},
	    {"x/*/a.yaml", "x/y/a.yaml", true},
	    {"x/*/a.yaml", "x/a.yaml", false},
	    {"x/**", "x/y/a.yaml", true},
	    {"x/**", "y/a.yaml", false},
	    {"**/a.yaml", "a.yaml", true},
	    {"**/a.yaml", "x/y/a.yaml", true},
	    {"x/**/a.yaml", "x/a.yaml", true},
	    {"x/**/a.yaml", "x/y/z/a.yaml", true},
	    {"x/**/a.yaml", "y/x/a.yaml", false},
	    {"[ab].yaml", "b.yaml", true},
	    {"?.yaml", "ab.yaml", false},
	    {"", "a.yaml", false},
	    {"a", "", false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		if (glob_fits(cases[i].glob, cases[i].path) != cases[i].fits)
			fail_msg("%s on %s", cases[i].glob, cases[i].path);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
