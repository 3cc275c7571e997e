/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/hash.h"

/* The reference values of XXH3-128. */
static void
test_text(void **state)
{
	char text[HASH_STRLEN];

	hash_text(STR(""), text);
	assert_string_equal(text, "99aa06d3014798d86001c324468d497f");
	hash_text(STR("abc"), text);
	assert_string_equal(text, "06b05ab6733a618578af5f94892f3950");
}

static void
test_put(void **state)
{
	uint8_t hash[HASH_SIZE];
	char text[HASH_STRLEN];

	hash_put(hash, "abcdef", 3);
	assert_int_equal(hash[0], 0x06);
	assert_int_equal(hash[HASH_SIZE - 1], 0x50);
	hash_print(hash, text);
	assert_string_equal(text, "06b05ab6733a618578af5f94892f3950");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_put),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
