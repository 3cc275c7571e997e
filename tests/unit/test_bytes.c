/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/bytes.h"

static const uint8_t bytes[] = {0xff, 1, 2, 3, 4, 5, 6, 7, 8};

static void
test_get(void **state)
{
	assert_int_equal(be16_get(bytes + 1), 0x0102);
	assert_int_equal(le32_get(bytes + 1), 0x04030201);
	assert_true(le64_get(bytes + 1) == UINT64_C(0x0807060504030201));
}

static void
test_put(void **state)
{
	uint8_t out[7] = {0};

	be16_put(out + 1, 0x0102);
	le32_put(out + 3, 0x06050403);
	assert_memory_equal(out, "\0\1\2\3\4\5\6", sizeof(out));
}

static void
test_zero(void **state)
{
	const uint8_t first[] = {1, 0, 0}, last[] = {0, 0, 1};

	assert_true(bytes_zero(first, 0));
	assert_false(bytes_zero(first, 3));
	assert_true(bytes_zero(first + 1, 2));
	assert_false(bytes_zero(last, 3));
	assert_true(bytes_zero(last, 2));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_get),
	    cmocka_unit_test(test_put),
	    cmocka_unit_test(test_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
