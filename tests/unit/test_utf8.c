/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/utf8.h"

static void
test_valid(void **state)
{
	static const struct {
		struct str text;
		uint32_t cp;
	} cases[] = {
	    {STR("\0"), 0},
	    {STR("\x7f"), 0x7f},
	    {STR("\xc2\x80"), 0x80},
	    {STR("\xdf\xbf"), 0x7ff},
	    {STR("\xe0\xa0\x80"), 0x800},
	    {STR("\xed\x9f\xbf"), 0xd7ff},
	    {STR("\xee\x80\x80"), 0xe000},
	    {STR("\xef\xbf\xbf"), 0xffff},
	    {STR("\xf0\x90\x80\x80"), 0x10000},
	    {STR("\xf4\x8f\xbf\xbf"), 0x10ffff},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct str s = cases[i].text;
		uint32_t cp = 0xdead;

		assert_int_equal(utf8_decode(s, &cp), s.n);
		assert_int_equal(cp, cases[i].cp);
		/* cut short it is nothing */
		cp = 0xdead;
		s.n--;
		assert_int_equal(utf8_decode(s, &cp), 0);
		assert_int_equal(cp, 0xdead);
	}
}

static void
test_invalid(void **state)
{
	static const struct str cases[] = {
	    STR("\x80"),
	    STR("\xbf"),
	    STR("\xc0\x80"),
	    STR("\xc1\xbf"),
	    STR("\xc2\x41"),
	    STR("\xc2\xc2"),
	    STR("\xe0\x9f\xbf"),
	    STR("\xe1\x80\x41"),
	    STR("\xed\xa0\x80"),
	    STR("\xed\xbf\xbf"),
	    STR("\xf0\x8f\xbf\xbf"),
	    STR("\xf1\x80\x80\xc0"),
	    STR("\xf4\x90\x80\x80"),
	    STR("\xf5\x80\x80\x80"),
	    STR("\xf8\x88\x80\x80\x80"),
	    STR("\xff"),
	};
	uint32_t cp = 0xdead;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(utf8_decode(cases[i], &cp), 0);
	assert_int_equal(cp, 0xdead);
}

static void
test_prefix(void **state)
{
	static const struct {
		const char *text;
		size_t valid;
	} table[] = {
	    {"", 0},
	    {"plain", 5},
	    {"sixteen bytes ok", 16},
	    {"sixteen bytes \xc3\xa9", 16},
	    {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9},
	    {"12345678\xff", 8},
	    {"1234567\xc3", 7},
	    {"a\xed\xa0\x80", 1},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		assert_int_equal(utf8_valid(str_of(table[i].text)),
		    table[i].valid);
}

static void
test_count(void **state)
{
	assert_int_equal(utf8_count(STR("")), 0);
	assert_int_equal(utf8_count(STR("abc")), 3);
	assert_int_equal(utf8_count(STR("\xc3\xa9 \xe2\x82\xac \xf0\x9f"
					"\x98\x80")),
	    5);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_valid),
	    cmocka_unit_test(test_prefix),
	    cmocka_unit_test(test_invalid),
	    cmocka_unit_test(test_count),
	};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
