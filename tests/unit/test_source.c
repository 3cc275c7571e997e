/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "diag/source.h"

static struct span
at(uint32_t source, uint32_t offset)
{
	return (struct span){source, offset, offset};
}

static void
assert_line(struct source_set *set, uint32_t source, uint32_t line,
    const char *want)
{
	struct str got = source_line(set, source, line);

	assert_int_equal(got.n, strlen(want));
	assert_memory_equal(got.s, want, got.n);
}

static void
test_place(void **state)
{
	static const struct {
		struct str text;
		uint32_t offset, line, col;
	} cases[] = {
	    {STR(""), 0, 1, 1},
	    {STR(""), 7, 1, 1},
	    {STR("abc"), 0, 1, 1},
	    {STR("abc"), 2, 1, 3},
	    {STR("abc"), 3, 1, 4},
	    {STR("abc"), 4, 1, 4}, /* after the end: the end */
	    {STR("abc"), UINT32_MAX, 1, 4},
	    {STR("a\nb\n"), 1, 1, 2}, /* the newline ends its line */
	    {STR("a\nb\n"), 2, 2, 1},
	    {STR("a\nb\n"), 4, 3, 1},
	    {STR("\n\n\n"), 2, 3, 1},
	    {STR("a\r\nb"), 3, 2, 1},
	    {STR("a\tb"), 2, 1, 3}, /* a tab is one character */
	    {STR("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80x"), 2, 1, 2},
	    {STR("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80x"), 5, 1, 3},
	    {STR("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80x"), 9, 1, 4},
	    {STR("ab\0\nc"), 4, 2, 1},
	};
	struct arena a = {0};
	struct source_set set;

	source_set_init(&set, &a);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t n = source_add(&set, "t.yaml", cases[i].text);
		struct place p = source_place(&set, at(n, cases[i].offset));

		assert_int_equal(n, i + 1);
		assert_string_equal(p.file, "t.yaml");
		assert_int_equal(p.line, cases[i].line);
		assert_int_equal(p.col, cases[i].col);
	}
	arena_free(&a);
}

static void
test_no_place(void **state)
{
	struct arena a = {0};
	struct source_set set;
	struct place p;

	source_set_init(&set, &a);
	p = source_place(&set, at(0, 0));
	assert_null(p.file);
	assert_int_equal(p.line, 0);
	assert_int_equal(p.col, 0);
	assert_string_equal(source_where(&set, at(0, 0)), "(built in)");
	arena_free(&a);
}

static void
test_line(void **state)
{
	struct arena a = {0};
	struct source_set set;
	uint32_t n, empty, absent;

	source_set_init(&set, &a);
	n = source_add(&set, "t", STR("one\r\n\ntw\ro\n\r\nend"));
	assert_line(&set, n, 1, "one");
	assert_line(&set, n, 2, "");
	assert_line(&set, n, 3, "tw\ro"); /* no line ends in a lone \r */
	assert_line(&set, n, 4, "");
	assert_line(&set, n, 5, "end");
	assert_line(&set, n, 6, "");
	assert_line(&set, n, UINT32_MAX, "");

	empty = source_add(&set, "t", STR(""));
	assert_line(&set, empty, 1, "");
	absent = source_add(&set, "t", (struct str){0});
	assert_line(&set, absent, 1, "");
	arena_free(&a);
}

static void
test_where(void **state)
{
	struct arena a = {0};
	struct source_set set;
	uint32_t n, hostile;

	source_set_init(&set, &a);
	n = source_add(&set, "dir/a b.yaml", STR("x\ny\n"));
	hostile = source_add(&set, "\x1b[2J.yaml", STR("x"));
	assert_string_equal(source_where(&set, at(n, 2)), "dir/a b.yaml:2");
	assert_string_equal(source_where(&set, at(hostile, 0)),
	    "\\x1b[2J.yaml:1");
	arena_free(&a);
}

/* Every offset of some random text of many blocks, against plain counting. */
static void
test_place_everywhere(void **state)
{
	static const char *const pieces[] = {"a", "-", " ", "\xc3\xa9",
	    "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
	const size_t npieces = sizeof(pieces) / sizeof(pieces[0]);

	for (uint32_t seed = 1; seed <= 3; seed++) {
		struct arena a = {0};
		struct source_set set;
		struct buf text;
		uint32_t r = seed, n, line = 1, col = 1;

		buf_init(&text, &a);
		while (text.n < 20000) {
			/* of some blocks all is ASCII */
			size_t choices = text.n / 3000 % 2 ? 3 : npieces;

			r = r * 1664525 + 1013904223;
			/* few newlines, so that lines span blocks */
			if ((r >> 8) % (seed * seed * 997) == 0)
				buf_putc(&text, '\n');
			else
				buf_puts(&text, pieces[(r >> 8) % choices]);
		}
		source_set_init(&set, &a);
		n = source_add(&set, "t", buf_as_str(&text));
		for (uint32_t i = 0; i <= text.n; i++) {
			struct place p;

			/* inside a character: as right after it */
			if (i < text.n && (text.p[i] & 0xc0) == 0x80)
				continue;
			p = source_place(&set, at(n, i));
			if (p.line != line || p.col != col)
				fail_msg("seed %u, offset %u: %u:%u, not %u:%u",
				    seed, i, p.line, p.col, line, col);
			col++;
			if (i < text.n && text.p[i] == '\n') {
				line++;
				col = 1;
			}
		}
		arena_free(&a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_place),
	    cmocka_unit_test(test_no_place),
	    cmocka_unit_test(test_line),
	    cmocka_unit_test(test_where),
	    cmocka_unit_test(test_place_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
