/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"

static void
test_puts(void **state)
{
	struct arena a = {0};
	struct buf b;

	buf_init(&b, &a);
	assert_true(str_is(buf_as_str(&b), ""));
	buf_put(&b, NULL, 0);
	assert_string_equal(b.p, "");
	buf_str(&b, (struct str){0});
	buf_putc(&b, 'a');
	buf_puts(&b, "bc");
	buf_put(&b, "d\0e", 3);
	buf_str(&b, STR("f"));
	buf_repeat(&b, '.', 3);
	buf_repeat(&b, '!', 0);
	assert_true(str_eq(buf_as_str(&b), STR("abcd\0ef...")));
	assert_int_equal(b.p[b.n], '\0');
	arena_free(&a);
}

static void
test_printf(void **state)
{
	struct arena a = {0};
	struct buf b;

	buf_init(&b, &a);
	buf_printf(&b, "%s", "");
	assert_string_equal(b.p, "");
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "%03d,", i);
	assert_int_equal(b.n, 4000);
	assert_memory_equal(b.p, "000,001,", 8);
	assert_string_equal(b.p + 3992, "998,999,");
	buf_printf(&b, "%5000s", "x"); /* more than doubling gives */
	assert_int_equal(b.n, 9000);
	assert_string_equal(b.p + 8998, " x");
	arena_free(&a);
}

/* Each length from empty to past several growths, a NUL after each. */
static void
test_growth(void **state)
{
	struct arena a = {0};
	struct buf b, other;

	buf_init(&b, &a);
	buf_init(&other, &a);
	for (size_t i = 0; i < 5000; i++) {
		buf_putc(&b, (char)('a' + i % 26));
		if (i % 7 == 0)
			buf_putc(&other, '-'); /* so that growing must copy */
		assert_int_equal(b.n, i + 1);
		assert_int_equal(b.p[b.n], '\0');
	}
	for (size_t i = 0; i < 5000; i++)
		assert_int_equal(b.p[i], 'a' + i % 26);
	buf_str(&b, buf_as_str(&b)); /* into itself */
	assert_int_equal(b.n, 10000);
	assert_memory_equal(b.p, b.p + 5000, 5000);
	arena_free(&a);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_puts),
	    cmocka_unit_test(test_printf),
	    cmocka_unit_test(test_growth),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
