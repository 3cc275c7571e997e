/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/search.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Every bound in arrays of every length up to some, against a linear search. */
static void
test_bounds(void **state)
{
	static const int v[] = {1, 3, 3, 3, 5, 7, 7, 9, 11};

	for (size_t n = 0; n <= COUNT(v); n++) {
		for (int x = 0; x <= 12; x++) {
			uint32_t lower, upper, linear = 0;

			LOWER_BOUND(lower, (uint32_t)n, v[lower] < x);
			LOWER_BOUND(upper, (uint32_t)n, v[upper] <= x);
			while (linear < n && v[linear] < x)
				linear++;
			assert_int_equal(lower, linear);
			while (linear < n && v[linear] <= x)
				linear++;
			assert_int_equal(upper, linear);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
