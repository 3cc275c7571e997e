/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "prop.h"
#include "record/scan.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* Whether TEXT is one value of JSON. */
static bool
is_json(struct str text)
{
	struct arena a = {0};
	struct scan s;
	bool fine;

	scan_init(&s, text, &a);
	scan_skip(&s);
	fine = scan_end(&s);
	arena_free(&a);
	return fine;
}

static void
test_skip(void **state)
{
	static const char *const good[] = {"{}", "[]", " [ 1 , 2 ] ", "null",
	    "true", "-0.5e+3", "0", "\"\"", "\"\\u0041\\\"\"",
	    "{\"a\":{\"b\":[1,{}]},\"c\":\"}\"}"};
	static const char *const bad[] = {"", "{", "}", "[1,]", "[,1]",
	    "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "01", "1.", "1e",
	    "+1", "nul", "\"", "\"\\", "{} {}", "[1 2]", "{\"a\":1 \"b\":2}"};

	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(is_json(str_of(good[i])));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(is_json(str_of(bad[i])));
}

/* Nesting has an end, which no stack has to find. */
static void
test_depth(void **state)
{
	char deep[4001];

	memset(deep, '[', 2000);
	memset(deep + 2000, ']', 2000);
	deep[4000] = '\0';
	assert_false(is_json(str_of(deep)));
	assert_true(is_json((struct str){deep + 1500, 1000}));
}

static void
test_values(void **state)
{
	static const char text[] =
	    "{\"n\": \"17\", \"m\": 18, \"t\": \"x\\n\\u00e9\\ud83d\\ude00\", "
	    "\"b\": true, \"o\": {\"n\": 1}, \"l\": [\"a\", 2]}";
	struct str key, t = STR("");
	uint64_t n = 0, m = 0;
	struct arena a = {0};
	struct scan_list in;
	bool b = false;
	struct scan s;

	scan_init(&s, str_of(text), &a);
	for (in = scan_object(&s); scan_member(&s, &in, &key);) {
		if (str_is(key, "n"))
			assert_true(scan_u64(&s, &n));
		else if (str_is(key, "m"))
			assert_true(scan_u64(&s, &m));
		else if (str_is(key, "t"))
			assert_true(scan_str(&s, &t));
		else if (str_is(key, "b"))
			assert_true(scan_bool(&s, &b));
		else
			/* of another type: skipped */
			assert_false(scan_str(&s, &key));
	}
	assert_true(scan_end(&s));
	assert_int_equal(n, 17);
	assert_int_equal(m, 18);
	assert_true(b);
	assert_true(str_is(t, "x\n\xc3\xa9\xf0\x9f\x98\x80"));
	arena_free(&a);
}

/* The end of a string, wherever it is and however memory is cut. */
static void
test_quote(void **state)
{
	uint64_t seed = prop_seed();
	char text[200];

	for (int round = 0; round < 20000; round++) {
		size_t from = prop_below(&seed, 40);
		size_t to = from + prop_below(&seed, sizeof(text) - 40);

		memset(text, 'x', sizeof(text));
		if (prop_below(&seed, 4) > 0)
			text[prop_below(&seed, sizeof(text))] =
			    prop_below(&seed, 2) ? '"' : '\\';
		assert_ptr_equal(scan_quote(text + from, text + to),
		    scan_quote_plain(text + from, text + to));
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_skip),
	    cmocka_unit_test(test_depth),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_quote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
