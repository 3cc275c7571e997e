/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "yaml/yaml_read.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct fixture {
	struct arena a;
	struct source_set set;
	struct diag_sink sink;
};

static int
setup(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));

	source_set_init(&f->set, &f->a);
	diag_sink_init(&f->sink, &f->a);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(&f->a);
	test_free(f);
	return 0;
}

/*
 * Reads from a heap copy of exactly the text's size, so that a sanitizer sees
 * any byte read after it.
 */
static const struct ynode *
read_text(struct fixture *f, struct str text, const struct ylimits *limits)
{
	char *copy = test_malloc(text.n + 1);
	const struct ynode *n;
	uint32_t source;

	if (text.n > 0)
		memcpy(copy + 1, text.s, text.n);
	diag_sink_init(&f->sink, &f->a);
	source = source_add(&f->set, "t.json", text);
	n = json_read(&f->a, &f->sink, (struct str){copy + 1, text.n}, source,
	    0, limits);
	test_free(copy);
	assert_int_equal(!n, diag_failed(&f->sink) && f->sink.v.v[0]->id != 12);
	return n;
}

static const char *
dump(struct fixture *f, struct str text)
{
	const struct ynode *n = read_text(f, text, &ylimits_default);
	struct buf out;

	buf_init(&out, &f->a);
	if (n)
		ynode_dump(&out, &f->set, n);
	return buf_as_str(&out).s;
}

/* "id@start-end" of each problem, and of its notes in parentheses. */
static const char *
problems(struct fixture *f)
{
	struct buf out;

	buf_init(&out, &f->a);
	diag_sort(&f->sink);
	VEC_FOREACH (d, &f->sink.v) {
		buf_printf(&out, "%s%u@%u-%u", out.n ? " " : "", (*d)->id,
		    (*d)->at.start, (*d)->at.end);
		VEC_FOREACH (note, &(*d)->notes)
			buf_printf(&out, "(%u-%u)", note->at.start,
			    note->at.end);
	}
	return buf_as_str(&out).s;
}

static void
test_values(void **state)
{
	static const struct {
		struct str text;
		const char *dump;
	} table[] = {
	    {STR("null"), "null @1:1\n"},
	    {STR(" true "), "boolean true @1:2\n"},
	    {STR("\r\n\tfalse\n"), "boolean false @2:2\n"},
	    {STR("0"), "integer 0 @1:1\n"},
	    {STR("-0"), "integer 0 @1:1\n"},
	    {STR("123"), "integer 123 @1:1\n"},
	    {STR("9223372036854775807"), "integer 9223372036854775807 @1:1\n"},
	    {STR("-9223372036854775808"),
		"integer -9223372036854775808 @1:1\n"},
	    {STR("9223372036854775808"), "number 9223372036854776000 @1:1\n"},
	    {STR("80.0"), "number 80 @1:1\n"},
	    {STR("-1.5E-7"), "number -1.5e-7 @1:1\n"},
	    {STR("1e+3"), "number 1000 @1:1\n"},
	    {STR("1e-999"), "number 0 @1:1\n"},
	    {STR("\"\""), "string \"\" @1:1\n"},
	    {STR("\"exactly 8 or 16 x\""),
		"string \"exactly 8 or 16 x\" @1:1\n"},
	    {STR("\"12345678\""), "string \"12345678\" @1:1\n"},
	    {STR("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20ac\""),
		"string "
		"\"\\\"\\\\/\\u0008\\u000c\\n\\r\\tA\xc3\xa9\xe2\x82\xac\" "
		"@1:1\n"},
	    {STR("\"\\ud83d\\ude00\""), "string \"\xf0\x9f\x98\x80\" @1:1\n"},
	    {STR("\"\\ud83d\\u0041\""),
		"string \"\xef\xbf\xbd"
		"A\" @1:1\n"},
	    {STR("\"\\ude00\\ud83d\""),
		"string \"\xef\xbf\xbd\xef\xbf\xbd\" @1:1\n"},
	    {STR("\"\\uD83D\\uZZZZ\""), ""},
	    {STR("\"h\xc3\xa9llo \xf0\x9f\x98\x80 w\xc3\xb6rld\""),
		"string \"h\xc3\xa9llo \xf0\x9f\x98\x80 w\xc3\xb6rld\" "
		"@1:1\n"},
	    {STR("\"\x7f\""), "string \"\\u007f\" @1:1\n"},
	    {STR("[]"), "array @1:1\n"},
	    {STR("{ }"), "object @1:1\n"},
	    {STR("[1,[2 , 3],{}]"),
		"array @1:1\n"
		"- integer 1 @1:2\n"
		"- array @1:4\n"
		"  - integer 2 @1:5\n"
		"  - integer 3 @1:9\n"
		"- object @1:12\n"},
	    {STR("{\"a\":{\"b\":[null]},\n \"\":\"x\"}"),
		"object @1:1\n"
		"\"a\": object @1:6\n"
		"  \"b\": array @1:11\n"
		"    - null @1:12\n"
		"\"\": string \"x\" @2:5\n"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(table); i++) {
		print_message("# row %zu\n", i);
		assert_string_equal(dump(f, table[i].text), table[i].dump);
	}
}

/* An escaped NUL is data. */
static void
test_nul(void **state)
{
	struct fixture *f = *state;
	const struct ynode *n =
	    read_text(f, STR("\"a\\u0000b\""), &ylimits_default);

	assert_non_null(n);
	assert_true(str_eq(n->s, STR("a\0b")));
	assert_int_equal(n->s.s[3], '\0');
}

static void
test_faults(void **state)
{
	static const struct {
		struct str text;
		const char *problems;
	} table[] = {
	    {STR(""), "11@0-0"},
	    {STR("  "), "11@2-2"},
	    {STR("nul"), "11@0-0"},
	    {STR("nullx"), "11@4-4"},
	    {STR("True"), "11@0-0"},
	    {STR("01"), "11@1-1"},
	    {STR("-"), "11@1-1"},
	    {STR("+1"), "11@0-0"},
	    {STR(".5"), "11@0-0"},
	    {STR("1."), "11@2-2"},
	    {STR("1.e5"), "11@2-2"},
	    {STR("1e"), "11@2-2"},
	    {STR("1e+"), "11@3-3"},
	    {STR("0x10"), "11@1-1"},
	    {STR("NaN"), "11@0-0"},
	    {STR("1 2"), "11@2-2"},
	    {STR("{} {}"), "11@3-3"},
	    {STR("\"abc"), "11@4-4"},
	    {STR("\"abcdefghijkl"), "11@13-13"},
	    {STR("\"a\nb\""), "11@2-2"},
	    {STR("\"a\0b\""), "11@2-2"},
	    {STR("\"\\x\""), "11@2-2"},
	    {STR("\"\\"), "11@2-2"},
	    {STR("\"\\u12"), "11@3-3"},
	    {STR("\"\\u12g4\""), "11@3-3"},
	    {STR("\"ab\xff\""), "11@3-3"},
	    {STR("\"ab\xc3"), "11@3-3"},
	    {STR("\"\xed\xa0\x80\""), "11@1-1"},
	    {STR("'a'"), "11@0-0"},
	    {STR("["), "11@1-1"},
	    {STR("[1"), "11@2-2"},
	    {STR("[1,]"), "11@3-3"},
	    {STR("[1 2]"), "11@3-3"},
	    {STR("[1}"), "11@2-2"},
	    {STR("{"), "11@1-1"},
	    {STR("{a:1}"), "11@1-1"},
	    {STR("{\"a\"}"), "11@4-4"},
	    {STR("{\"a\":}"), "11@5-5"},
	    {STR("{\"a\":1,}"), "11@7-7"},
	    {STR("{\"a\":1 \"b\":2}"), "11@7-7"},
	    {STR("{1:2}"), "11@1-1"},
	    {STR("// c\n1"), "11@0-0"},
	    {STR("\xef\xbb\xbf{}"), "11@0-0"},
	    {STR("[1e999]"), "19@1-6"},
	    {STR("[-1e999, 1e999]"), "19@1-7 19@9-14"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(table); i++) {
		print_message("# row %zu\n", i);
		assert_null(read_text(f, table[i].text, &ylimits_default));
		assert_string_equal(problems(f), table[i].problems);
	}
}

static void
test_duplicate_keys(void **state)
{
	struct fixture *f = *state;
	const struct ynode *n;

	n = read_text(f, STR("{\"a\":1,\"b\":2,\"a\":3,\"a\":4}"),
	    &ylimits_default);
	assert_string_equal(problems(f), "12@13-16(1-4) 12@19-22(1-4)");
	assert_int_equal(n->map.n, 2);
	assert_int_equal(ynode_get(n, "a")->i, 1);
	assert_int_equal(ynode_get(n, "b")->i, 2);
	assert_null(ynode_get(n, "c"));
	assert_null(ynode_get(ynode_get(n, "a"), "a"));
}

/* Enough keys for the way that sorts them. */
static void
test_many_keys(void **state)
{
	struct fixture *f = *state;
	const struct ynode *n;
	char key[16];
	struct buf b;

	buf_init(&b, &f->a);
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "%c\"k%d\":%d", i ? ',' : '{', i, i);
	buf_puts(&b, ",\"k500\":-1,\"k7\":-1}");
	n = read_text(f, buf_as_str(&b), &ylimits_default);
	assert_int_equal(f->sink.v.n, 2);
	assert_int_equal(n->map.n, 1000);
	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		assert_true(str_is(n->map.v[i].key, key));
		assert_int_equal(n->map.v[i].value->i, i);
	}
}

static void
test_limits(void **state)
{
	struct ylimits limits = {.bytes = 20,
	    .depth = 3,
	    .documents = 1,
	    .nodes = 5};
	struct fixture *f = *state;

	assert_non_null(read_text(f, STR("[[[1]]]"), &limits));
	assert_null(read_text(f, STR("[[[[]]]]"), &limits));
	assert_string_equal(problems(f), "30@3-4");
	assert_null(read_text(f, STR("{\"a\":[{\"b\":{}}]}"), &limits));
	assert_string_equal(problems(f), "30@11-12");
	assert_non_null(read_text(f, STR("[1,2,3,4]"), &limits));
	assert_null(read_text(f, STR("[1,2,3,4,5]"), &limits));
	assert_string_equal(problems(f), "31@9-10");
	assert_null(read_text(f, STR("                    1"), &limits));
	assert_string_equal(problems(f), "3@0-0");
}

/* One line of a log: spans count from the beginning of the source. */
static void
test_offset(void **state)
{
	struct fixture *f = *state;
	struct str text = STR("{\"a\":1}\n{\"bc\":[2]}\n{\"d\" 3}\n");
	uint32_t source = source_add(&f->set, "flows", text);
	const struct ynode *n;

	n = json_read(&f->a, &f->sink, (struct str){text.s + 8, 10}, source, 8,
	    &ylimits_default);
	assert_int_equal(n->at.start, 8);
	assert_int_equal(n->at.end, 18);
	assert_int_equal(n->map.v[0].key_at.start, 9);
	assert_int_equal(n->map.v[0].key_at.end, 13);
	n = n->map.v[0].value;
	assert_int_equal(n->at.start, 14);
	assert_int_equal(n->at.end, 17);
	assert_int_equal(n->seq.v[0]->at.start, 15);
	assert_int_equal(n->seq.v[0]->at.end, 16);
	assert_int_equal(n->at.source, source);
	assert_null(json_read(&f->a, &f->sink, (struct str){text.s + 19, 7},
	    source, 19, &ylimits_default));
	assert_string_equal(problems(f), "11@24-24");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_values, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_nul, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_faults, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_duplicate_keys, setup,
		teardown),
	    cmocka_unit_test_setup_teardown(test_many_keys, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_offset, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
