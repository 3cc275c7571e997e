/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"

static void
check_string(struct str in, const char *want)
{
	struct arena a = {0};
	struct json j;
	struct buf b;

	buf_init(&b, &a);
	json_init(&j, &b, false);
	json_str(&j, in);
	assert_string_equal(b.p, want);
	arena_free(&a);
}

static void
test_strings(void **state)
{
	static const struct {
		struct str in;
		const char *out;
	} cases[] = {
	    {{0}, "\"\""},
	    {STR(""), "\"\""},
	    {STR("plain /text/"), "\"plain /text/\""},
	    {STR("\"\\"), "\"\\\"\\\\\""},
	    {STR("a\nb\rc\td"), "\"a\\nb\\rc\\td\""},
	    {STR("\0\x01\x1f\x7f"), "\"\\u0000\\u0001\\u001f\\u007f\""},
	    {STR("\x1b[31m"), "\"\\u001b[31m\""},
	    {STR("\xc2\x80\xc2\x9b\xc2\xa0"), "\"\\u0080\\u009b\xc2\xa0\""},
	    {STR("\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x9d"),
		"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x9d\""},
	    /* a byte that is not UTF-8 is one U+FFFD */
	    {STR("a\xff"
		 "b"),
		"\"a\xef\xbf\xbd"
		"b\""},
	    {STR("\xc0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\""},
	    {STR("\xed\xa0\x80x"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx\""},
	    {STR("\xe2\x82"), "\"\xef\xbf\xbd\xef\xbf\xbd\""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check_string(cases[i].in, cases[i].out);
}

/* A document with each kind of item in each place. */
static void
write_document(struct json *j)
{
	json_object(j);
	json_kv_cstr(j, "name", "x");
	json_kv_u64(j, "max", UINT64_MAX);
	json_kv_bool(j, "on", true);
	json_kv_str(j, "s", STR("y"));
	json_key(j, "list");
	json_array(j);
	json_i64(j, INT64_MIN);
	json_null(j);
	json_bool(j, false);
	json_array(j);
	json_end_array(j);
	json_object(j);
	json_key(j, "k\n");
	json_object(j);
	json_end_object(j);
	json_end_object(j);
	json_u64(j, 0);
	json_end_array(j);
	json_key(j, "last");
	json_cstr(j, "z");
	json_end_object(j);
}

static void
test_compact(void **state)
{
	struct arena a = {0};
	struct json j;
	struct buf b;

	buf_init(&b, &a);
	json_init(&j, &b, false);
	write_document(&j);
	assert_string_equal(b.p,
	    "{\"name\":\"x\",\"max\":18446744073709551615,\"on\":true,"
	    "\"s\":\"y\",\"list\":[-9223372036854775808,null,false,[],"
	    "{\"k\\n\":{}},0],\"last\":\"z\"}");
	arena_free(&a);
}

static void
test_line(void **state)
{
	struct arena a = {0};
	struct json j;
	struct buf b;

	for (int pretty = 0; pretty < 2; pretty++) {
		buf_init(&b, &a);
		json_init(&j, &b, pretty);
		json_array(&j);
		for (int i = 0; i < 2; i++) {
			json_object_line(&j);
			json_kv_u64(&j, "a", 1);
			json_key(&j, "b");
			json_array(&j);
			json_object_line(&j);
			json_end_object(&j);
			json_null(&j);
			json_end_array(&j);
			json_end_object(&j);
		}
		json_object(&j);
		json_kv_u64(&j, "c", 2);
		json_end_object(&j);
		json_end_array(&j);
		assert_string_equal(b.p,
		    pretty ? "[\n"
			     "  {\"a\": 1, \"b\": [{}, null]},\n"
			     "  {\"a\": 1, \"b\": [{}, null]},\n"
			     "  {\n"
			     "    \"c\": 2\n"
			     "  }\n"
			     "]"
			   : "[{\"a\":1,\"b\":[{},null]},"
			     "{\"a\":1,\"b\":[{},null]},{\"c\":2}]");
	}
	arena_free(&a);
}

static void
test_pretty(void **state)
{
	struct arena a = {0};
	struct json j;
	struct buf b;

	buf_init(&b, &a);
	json_init(&j, &b, true);
	write_document(&j);
	assert_string_equal(b.p,
	    "{\n"
	    "  \"name\": \"x\",\n"
	    "  \"max\": 18446744073709551615,\n"
	    "  \"on\": true,\n"
	    "  \"s\": \"y\",\n"
	    "  \"list\": [\n"
	    "    -9223372036854775808,\n"
	    "    null,\n"
	    "    false,\n"
	    "    [],\n"
	    "    {\n"
	    "      \"k\\n\": {}\n"
	    "    },\n"
	    "    0\n"
	    "  ],\n"
	    "  \"last\": \"z\"\n"
	    "}");
	arena_free(&a);
}

static void
test_deepest(void **state)
{
	struct arena a = {0};
	struct json j;
	struct buf b;

	buf_init(&b, &a);
	json_init(&j, &b, false);
	for (int i = 0; i < JSON_DEPTH / 2; i++) {
		json_array(&j);
		json_object(&j);
		json_key(&j, "k");
	}
	json_null(&j);
	for (int i = 0; i < JSON_DEPTH / 2; i++) {
		json_end_object(&j);
		json_end_array(&j);
	}
	assert_int_equal(b.n, JSON_DEPTH / 2 * 8 + 4);
	assert_int_equal(j.depth, 0);
	arena_free(&a);
}

static void
value_without_key(struct json *j)
{
	json_object(j);
	json_null(j);
}

static void
key_in_array(struct json *j)
{
	json_array(j);
	json_key(j, "k");
}

static void
key_outside(struct json *j)
{
	json_key(j, "k");
}

static void
key_after_key(struct json *j)
{
	json_object(j);
	json_key(j, "k");
	json_key(j, "l");
}

static void
key_without_value(struct json *j)
{
	json_object(j);
	json_key(j, "k");
	json_end_object(j);
}

static void
wrong_end(struct json *j)
{
	json_array(j);
	json_end_object(j);
}

static void
end_outside(struct json *j)
{
	json_end_array(j);
}

static void
two_values(struct json *j)
{
	json_null(j);
	json_null(j);
}

static void
too_deep(struct json *j)
{
	for (int i = 0; i <= JSON_DEPTH; i++)
		json_array(j);
}

static void
test_misuse(void **state)
{
	static void (*const cases[])(struct json *) = {
	    value_without_key,
	    key_in_array,
	    key_outside,
	    key_after_key,
	    key_without_value,
	    wrong_end,
	    end_outside,
	    two_values,
	    too_deep,
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int status;
		pid_t child;

		fflush(NULL);
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			struct arena a = {0};
			struct json j;
			struct buf b;

			signal(SIGABRT, SIG_DFL); /* cmocka has it */
			fclose(stderr);
			buf_init(&b, &a);
			json_init(&j, &b, false);
			cases[i](&j);
			_exit(0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGABRT);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_strings),
	    cmocka_unit_test(test_compact),
	    cmocka_unit_test(test_line),
	    cmocka_unit_test(test_pretty),
	    cmocka_unit_test(test_deepest),
	    cmocka_unit_test(test_misuse),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
