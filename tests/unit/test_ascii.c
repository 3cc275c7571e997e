/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/ascii.h"

/* Every byte, as a char may be signed, against lists of the members. */
static void
test_classes(void **state)
{
	static const char lows[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	static const char ups[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	for (int i = -128; i < 256; i++) {
		const char *low = i > 0 ? strchr(lows, i) : NULL;
		const char *up = i > 0 ? strchr(ups, i) : NULL;
		unsigned value = low ? (unsigned)(low - lows)
		    : up             ? (unsigned)(up - ups) + 10
				     : 36;

		assert_int_equal(ascii_digit(i), value);
		assert_int_equal(ascii_is_digit(i), value < 10);
		assert_int_equal(ascii_is_alnum(i), value < 36);
		assert_int_equal(ascii_is_upper(i), !!up);
		assert_int_equal(ascii_is_lower(i), low && value >= 10);
		assert_int_equal(ascii_lower((char)i),
		    up ? lows[value] : (char)i);
	}
}

static void
test_code_points(void **state)
{
	/* U+0130, U+212A (Kelvin), U+FF11 (fullwidth 1) */
	static const uint32_t others[] = {0x130, 0x212a, 0xff11, 0x10ffff};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_false(ascii_is_alnum(others[i]));
		assert_int_equal(ascii_digit(others[i]), 36);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_classes),
	    cmocka_unit_test(test_code_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
