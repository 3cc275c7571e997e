/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lsp/position.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* An umlaut of two bytes and one unit, a face of four bytes and two units. */
static const struct str text = STR("a\xc3\xa4z\r\n\xf0\x9f\x98\x80!\n\rend");

static void
test_places(void **state)
{
	static const struct {
		uint32_t offset;
		struct position utf16, utf8;
	} cases[] = {
	    {0, {0, 0}, {0, 0}},
	    {1, {0, 1}, {0, 1}},
	    {3, {0, 2}, {0, 3}},
	    {4, {0, 3}, {0, 4}},
	    {6, {1, 0}, {1, 0}},
	    {10, {1, 2}, {1, 4}},
	    {11, {1, 3}, {1, 5}},
	    {12, {2, 0}, {2, 0}},
	    {13, {3, 0}, {3, 0}},
	    {16, {3, 3}, {3, 3}},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		for (int utf8 = 0; utf8 < 2; utf8++) {
			struct position wanted =
			    utf8 ? cases[i].utf8 : cases[i].utf16;
			struct position p =
			    position_of(text, cases[i].offset, utf8);

			assert_int_equal(p.line, wanted.line);
			assert_int_equal(p.character, wanted.character);
			assert_int_equal(position_offset(text, p, utf8),
			    cases[i].offset);
		}
	}
}

/* What is after the end of a line or of the text is that end. */
static void
test_ends(void **state)
{
	static const struct {
		struct position at;
		uint32_t offset;
	} cases[] = {
	    {{0, 99}, 4},
	    {{1, 1}, 6}, /* within the face */
	    {{1, UINT32_MAX}, 11},
	    {{3, 4}, 16},
	    {{4, 0}, 16},
	    {{UINT32_MAX, UINT32_MAX}, 16},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(position_offset(text, cases[i].at, false),
		    cases[i].offset);
	assert_int_equal(position_of(text, 99, false).line, 3);
	assert_int_equal(position_offset(STR(""), (struct position){1, 1},
			     true),
	    0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_places),
	    cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
