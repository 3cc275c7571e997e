/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "diag/printable.h"

static void
test_put(void **state)
{
	static const struct {
		struct str in;
		const char *out;
	} cases[] = {
	    {STR(""), ""},
	    {STR("k8s:app=db"), "k8s:app=db"},
	    {STR("a\\b"), "a\\b"},
	    {STR("a\nb\tc\rd"), "a\\nb\\tc\\rd"},
	    {STR("\0\x1b[31m\x7f"), "\\x00\\x1b[31m\\x7f"},
	    /* every length of UTF-8, first and last */
	    {STR("\xc2\xa1\xdf\xbf\xe0\xa0\x80\xef\xbf\xbd"),
		"\xc2\xa1\xdf\xbf\xe0\xa0\x80\xef\xbf\xbd"},
	    {STR("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"),
		"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
	    {STR("\xed\x9f\xbf\xee\x80\x80"), "\xed\x9f\xbf\xee\x80\x80"},
	    /* C1 controls act on terminals too */
	    {STR("\xc2\x80\xc2\x9b\xc2\x9f"), "\\u0080\\u009b\\u009f"},
	    /* invisible, or turning the direction */
	    {STR("a\xe2\x80\xae"
		 "b"),
		"a\\u202eb"},
	    {STR("a\xe2\x80\x8b"
		 "b"),
		"a\\u200bb"},
	    {STR("\xef\xbb\xbf{}"), "\\ufeff{}"},
	    {STR("\xf3\xa0\x80\x81"), "\\U000e0001"},
	    /* stray, truncated, overlong, surrogate, too large */
	    {STR("\x80z"), "\\x80z"},
	    {STR("\xe2\x82"), "\\xe2\\x82"},
	    {STR("\xe2\x82z"), "\\xe2\\x82z"},
	    {STR("\xc0\xaf"), "\\xc0\\xaf"},
	    {STR("\xe0\x9f\xbf"), "\\xe0\\x9f\\xbf"},
	    {STR("\xf0\x8f\xbf\xbf"), "\\xf0\\x8f\\xbf\\xbf"},
	    {STR("\xed\xa0\x80"), "\\xed\\xa0\\x80"},
	    {STR("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80"},
	    {STR("\xf8\x88\x80\x80\x80\xff"), "\\xf8\\x88\\x80\\x80\\x80\\xff"},
	};
	struct arena a = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf b;

		buf_init(&b, &a);
		printable_put(&b, cases[i].in, SIZE_MAX);
		assert_string_equal(buf_as_str(&b).s, cases[i].out);
	}
	arena_free(&a);
}

static void
test_cut(void **state)
{
	static const struct {
		struct str in;
		size_t max;
		const char *out;
	} cases[] = {
	    {STR("abcd"), 4, "abcd"},
	    {STR("abcde"), 4, "abcd..."},
	    {STR("abcde"), 0, "..."},
	    {STR(""), 0, ""},
	    /* never inside a character */
	    {STR("abc\xe2\x82\xac"), 4, "abc\xe2\x82\xac"},
	    {STR("abc\xe2\x82\xac!"), 4, "abc\xe2\x82\xac..."},
	    /* MAX counts what comes in, not the escapes */
	    {STR("\1\2\3"), 2, "\\x01\\x02..."},
	};
	struct arena a = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf b;

		buf_init(&b, &a);
		printable_put(&b, cases[i].in, cases[i].max);
		assert_string_equal(buf_as_str(&b).s, cases[i].out);
	}
	arena_free(&a);
}

/* Whatever the bytes: all are taken, and what comes out is printable. */
static void
test_any_bytes(void **state)
{
	struct arena a = {0};
	uint32_t seed = 1;

	for (unsigned round = 0; round < 20000; round++) {
		char in[7] = "";
		size_t n = round % sizeof(in), i, len;
		unsigned columns;
		struct buf b;

		for (i = 0; i < n; i++) {
			seed = seed * 1664525 + 1013904223;
			in[i] = (char)(seed >> 24);
		}
		buf_init(&b, &a);
		for (i = 0; i < n; i += len) {
			size_t before = b.n;

			len = printable_char(&b, (struct str){in + i, n - i},
			    &columns);
			assert_in_range(len, 1, n - i);
			if (columns == 1)
				assert_int_equal(b.n - before, len);
			else
				assert_int_equal(b.n - before, columns);
			assert_in_range(columns, 1, 10);
		}
		assert_int_equal(i, n);
		for (i = 0; i < b.n; i++) {
			assert_in_range((unsigned char)b.p[i], 0x20, 0xff);
			assert_int_not_equal(b.p[i], 0x7f);
		}
		arena_reset(&a);
	}
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_put),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
