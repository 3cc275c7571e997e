/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "lang/regex.h"

/* What Go's regexp.Compile takes. */
static void
test_accepted(void **state)
{
	static const struct str cases[] = {
	    STR(""),
	    STR("|"),
	    STR("()"),
	    STR("/api/v[0-9]+/.*"),
	    STR("a*?b+?c??d{1,2}?"),
	    STR("a{0}b{0,}c{1000}d{5,1000}"),
	    STR("a{,3}"),   /* no repetition: stands for itself */
	    STR("a{01}"),   /* this neither */
	    STR("a{1"),     /* nor this */
	    STR("{"),       /* nor this */
	    STR("a(?i)*"),  /* repeats the a */
	    STR("a*(?i)*"), /* and does so twice */
	    STR("^*$+\\b?"),
	    STR("(?:a{100}){10}"),
	    STR("(?:a{1000}){0}"),
	    STR("(?P<n>a)(?<n1>b)"),
	    STR("(?i)(?-i)(?s-m:a)(?U)(?)"),
	    STR("\\Qa.*(\\E+\\Q"),
	    STR("\\pN\\PN\\p{^N}\\p{Greek}\\P{Lu}\\p{Letter}\\p{Any}"),
	    STR("\\p{Old Persian}\\p{old_persian}\\p{Thai}"),
	    STR("[]a][^]a][a-][-a][a\\-z][\\d-z][[a][[.a.]][[:alpha:]-z]"),
	    STR("[[:^word:]][[:alpha]"),
	    STR("\\d\\D\\s\\S\\w\\W\\A\\b\\B\\z"),
	    STR("\\a\\f\\n\\r\\t\\v\\0\\012\\12\\x41\\x{10FFFF}"),
	    STR("\\.\\/\\-\\_\\\"\\ \\\n"),
	    STR("\\x{d800}[\\x{d800}-\\x{dfff}]"),
	    STR("a\0b"),
	    STR("\xc3\xa9+"),
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char err[128] = "";

		if (!lang_regex_check(cases[i], err, sizeof(err)))
			fail_msg("%s: %s", cases[i].s, err);
	}
}

/* What it refuses, with our reason. */
static void
test_refused(void **state)
{
	static const struct {
		struct str pattern;
		const char *err;
	} cases[] = {
	    {STR("/(x"), "missing ) at offset 3"},
	    {STR("x)"), "unexpected ) at offset 1"},
	    {STR("[a"), "missing ] at offset 0"},
	    {STR("[]"), "missing ] at offset 0"},
	    {STR("["), "missing ] at offset 0"},
	    {STR("[a\\"), "trailing backslash at offset 2"},
	    {STR("/(x)\\1"), "back-references are not supported at offset 4"},
	    {STR("\\8"), "back-references are not supported at offset 0"},
	    {STR("/(?=x)"), "look-around is not supported at offset 1"},
	    {STR("(?!x)"), "look-around is not supported at offset 0"},
	    {STR("(?<=x)"), "look-around is not supported at offset 0"},
	    {STR("(?<!x)"), "look-around is not supported at offset 0"},
	    {STR("(?>x)"), "atomic groups are not supported at offset 0"},
	    {STR("(?(1)a|b)"), "conditionals are not supported at offset 0"},
	    {STR("(?R)"), "unknown group syntax at offset 0"},
	    {STR("(?1)"), "unknown group syntax at offset 0"},
	    {STR("(?C1)"), "unknown group syntax at offset 0"},
	    {STR("(?#c)"), "unknown group syntax at offset 0"},
	    {STR("(?x)"), "unknown group syntax at offset 0"},
	    {STR("(?i-)"), "unknown group syntax at offset 0"},
	    {STR("(?-)"), "unknown group syntax at offset 0"},
	    {STR("(?i--s)"), "unknown group syntax at offset 0"},
	    {STR("(?P=n)"), "unknown group syntax at offset 0"},
	    {STR("(?P>n)"), "unknown group syntax at offset 0"},
	    {STR("(?'n'a)"), "unknown group syntax at offset 0"},
	    {STR("(?P<>a)"), "invalid group name at offset 0"},
	    {STR("(?P<a b>a)"), "invalid group name at offset 0"},
	    {STR("(?P<n"), "invalid group name at offset 0"},
	    {STR("(?i"), "missing ) at offset 0"},
	    {STR("(*ACCEPT)"), "nothing to repeat at offset 1"},
	    {STR("*"), "nothing to repeat at offset 0"},
	    {STR("a|*"), "nothing to repeat at offset 2"},
	    {STR("(?i)*"), "nothing to repeat at offset 4"},
	    {STR("a**"), "nested repetition at offset 2"},
	    {STR("a{2}{3}"), "nested repetition at offset 4"},
	    {STR("a???"), "nested repetition at offset 3"},
	    {STR("a*+"), "possessive repetition is not supported at offset 2"},
	    {STR("a++"), "possessive repetition is not supported at offset 2"},
	    {STR("a{1001}"), "repetition count over 1000 at offset 1"},
	    {STR("a{0,1001}"), "repetition count over 1000 at offset 1"},
	    {STR("a{4294967297}"), "repetition count over 1000 at offset 1"},
	    {STR("a{3,2}"), "repetition counts in the wrong order at offset 1"},
	    {STR("(?:a{100}){11}"),
		"repetitions nest to more than 1000 copies at offset 10"},
	    {STR("((a{2}){32}){16}"),
		"repetitions nest to more than 1000 copies at offset 12"},
	    {STR("[z-a]"), "character range out of order at offset 1"},
	    {STR("[a-\\d]"), "unknown escape at offset 3"},
	    {STR("[[:foo:]]"), "unknown character class at offset 1"},
	    {STR("\\p{Foo}"), "unknown Unicode class at offset 0"},
	    {STR("\\p{Grek}"), "unknown Unicode class at offset 0"},
	    {STR("\\p{}"), "unknown Unicode class at offset 0"},
	    {STR("\\p{L"), "unknown Unicode class at offset 0"},
	    {STR("\\p"), "unknown Unicode class at offset 0"},
	    {STR("\\p{Alphabetic}"), "unknown Unicode class at offset 0"},
	    {STR("\\x4"), "bad hexadecimal escape at offset 0"},
	    {STR("\\x{}"), "bad hexadecimal escape at offset 0"},
	    {STR("\\x{41"), "bad hexadecimal escape at offset 0"},
	    {STR("\\x{110000}"), "no such character at offset 0"},
	    {STR("\\Z"), "unknown escape at offset 0"},
	    {STR("\\G"), "unknown escape at offset 0"},
	    {STR("\\K"), "unknown escape at offset 0"},
	    {STR("\\R"), "unknown escape at offset 0"},
	    {STR("\\C"), "\\C is not supported at offset 0"},
	    {STR("[\\b]"), "unknown escape at offset 1"},
	    {STR("\\\xc3\xa9"), "unknown escape at offset 0"},
	    {STR("a\\"), "trailing backslash at offset 1"},
	    {STR("a\xff"), "invalid UTF-8 at offset 1"},
	    {STR("[\xc3"), "invalid UTF-8 at offset 1"},
	    {STR("\\Q\xc3\\E"), "invalid UTF-8 at offset 2"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char err[128] = "accepted";

		lang_regex_check(cases[i].pattern, err, sizeof(err));
		assert_string_equal(err, cases[i].err);
	}
}

/* COUNT times TEXT. */
static struct str
repeated(struct arena *a, const char *text, size_t count)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < count; i++)
		buf_puts(&b, text);
	return buf_as_str(&b);
}

static void
test_limits(void **state)
{
	struct arena a = {0};
	char err[128] = "accepted";

	assert_true(
	    lang_regex_check(repeated(&a, "(a)", 10000), err, sizeof(err)));
	assert_true(
	    lang_regex_check(repeated(&a, "a", 65536), err, sizeof(err)));
	assert_false(
	    lang_regex_check(repeated(&a, "a", 65537), err, sizeof(err)));
	assert_string_equal(err, "pattern too long at offset 65536");
	assert_false(
	    lang_regex_check(repeated(&a, "(", 60000), err, sizeof(err)));
	assert_string_equal(err, "missing ) at offset 60000");
	assert_false(lang_regex_check(str_of(arena_printf(&a, "%sa%s",
					  repeated(&a, "(", 1001).s,
					  repeated(&a, ")", 1001).s)),
	    err, sizeof(err)));
	assert_string_equal(err, "expression nests too deeply at offset 2002");
	assert_false(lang_regex_check(str_of(arena_printf(&a, "(%s){1000}",
					  repeated(&a, "[a-z]x", 5000).s)),
	    err, sizeof(err)));
	assert_string_equal(err, "expression too large at offset 30002");
	arena_free(&a);
}

static enum lang_match
match(const char *pattern, struct str text)
{
	struct arena a = {0};
	char err[128];
	const struct lang_regex *re =
	    lang_regex_compile(&a, str_of(pattern), err, sizeof(err));
	enum lang_match m;

	if (!re)
		fail_msg("%s: %s", pattern, err);
	m = lang_regex_match(re, &a, text);
	arena_free(&a);
	return m;
}

/* Where RE2 and PCRE2 could differ, RE2's answer. */
static void
test_match(void **state)
{
	static const struct {
		const char *pattern;
		struct str text;
		enum lang_match want;
	} cases[] = {
	    {"", STR(""), LANG_MATCH},
	    {"", STR("a"), LANG_NO_MATCH},
	    {"/api/.*", STR("/api/x"), LANG_MATCH},
	    {"/api/.*", STR("/v1/api/x"), LANG_NO_MATCH},
	    {"GET|POST", STR("POST"), LANG_MATCH},
	    {"GET|POST", STR("GETPOST"), LANG_NO_MATCH},
	    {"a|ab", STR("ab"), LANG_MATCH},
	    {"a", STR("a\n"), LANG_NO_MATCH},
	    {"a$", STR("a\n"), LANG_NO_MATCH},
	    {"(?m)a$\n", STR("a\n"), LANG_MATCH},
	    {"(?m)a\n^", STR("a\n"), LANG_MATCH},
	    {"a.b", STR("a\nb"), LANG_NO_MATCH},
	    {"a.b", STR("a\rb"), LANG_MATCH},
	    {"(?s)a.b", STR("a\nb"), LANG_MATCH},
	    {"(?s:.)(?-s:.)", STR("\n\n"), LANG_NO_MATCH},
	    {"(?i)k", STR("\xe2\x84\xaa"), LANG_MATCH}, /* kelvin sign */
	    {"(?i:a)a", STR("Aa"), LANG_MATCH},
	    {"(?i:a)a", STR("AA"), LANG_NO_MATCH},
	    {"((?i)a)a", STR("AA"), LANG_NO_MATCH},
	    {"a(?i)b|c", STR("C"), LANG_MATCH},
	    {"ab*", STR("abb"), LANG_MATCH},
	    {"ab*", STR("abab"), LANG_NO_MATCH},
	    {"(ab)*", STR("abab"), LANG_MATCH},
	    {"\\Qab\\E*", STR("abb"), LANG_MATCH},
	    {"a(?i)*", STR("aaa"), LANG_MATCH},
	    {"a{2}(?i){2}", STR("aaaa"), LANG_MATCH},
	    {"a{2}(?i){2}", STR("aa"), LANG_NO_MATCH},
	    {"a{,3}", STR("a{,3}"), LANG_MATCH},
	    {"\\v", STR("\v"), LANG_MATCH},
	    {"\\v", STR("\n"), LANG_NO_MATCH},
	    {"\\s", STR("\v"), LANG_NO_MATCH},
	    {"[\\S]", STR("\v"), LANG_MATCH},
	    {"[[:space:]]", STR("\v"), LANG_MATCH},
	    {"\\w", STR("\xc3\xa9"), LANG_NO_MATCH},
	    {"[^\\W\\x{212a}]", STR("\xce\xb1"), LANG_NO_MATCH},
	    {"[^\\pN[:^alpha:]]", STR("\xce\xb1"), LANG_NO_MATCH},
	    {"(?i)[[:^upper:]]", STR("a"), LANG_NO_MATCH},
	    {"(?i)[[:upper:]]", STR("a"), LANG_MATCH},
	    {"(?i)\\W", STR("s"), LANG_NO_MATCH},
	    {"(?i)\\p{Lu}", STR("a"), LANG_MATCH},
	    {"[^a]", STR("\n"), LANG_MATCH},
	    {"[[:ascii:]]", STR("\xc2\x80"), LANG_NO_MATCH},
	    {"[[:^ascii:]]", STR("\xc2\x80"), LANG_MATCH},
	    {"\\p{Greek}\\P{Greek}", STR("\xce\xb1z"), LANG_MATCH},
	    {"\\x{d800}?a", STR("a"), LANG_MATCH},
	    {"[\\x{d7ff}-\\x{e000}]", STR("\xee\x80\x80"), LANG_MATCH},
	    {"[^\\x{d800}]", STR("a"), LANG_MATCH},
	    {"a\\x{0}b", STR("a\0b"), LANG_MATCH},
	    {"(?P<n>a)(?<n>b)", STR("ab"), LANG_MATCH},
	    {".", STR("\xff"), LANG_MATCH_UNKNOWN},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		enum lang_match got = match(cases[i].pattern, cases[i].text);

		if (got != cases[i].want)
			fail_msg("%s, %s: %d", cases[i].pattern,
			    cases[i].text.s, (int)got);
	}
}

/* Patterns that make a backtracking engine run forever. */
static void
test_hostile(void **state)
{
	struct arena a = {0};
	struct str text = repeated(&a, "a", 16384);

	assert_int_equal(match("(a*)*b", text), LANG_NO_MATCH);
	assert_int_equal(match("(a|aa)+b", text), LANG_NO_MATCH);
	assert_int_equal(match("(.*a){15}.*b", text), LANG_NO_MATCH);
	assert_int_equal(match("(a|aa)+", text), LANG_MATCH);
	text = repeated(&a, "a", 16385);
	assert_int_equal(match("a*", text), LANG_MATCH_UNKNOWN);
	arena_free(&a);
}

/*
 * As many states at once after many characters as after few: a match that had
 * more would not fit into what so long a text may take.
 */
static void
test_states_do_not_grow(void **state)
{
	static const char *const patterns[] = {"(a+)+b", "([ab]+)+c",
	    "(\\w+)+-", "([ab]{2,})+c", "(a{2,})+b", "((a+?)+?)+?b",
	    "(?i:(a+)+b)", "(?U)(\\pL+)+-", "((?:a+|a)+|a+)+b"};
	struct arena a = {0};
	struct str text = repeated(&a, "a", 16384);

	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
		if (match(patterns[i], text) != LANG_NO_MATCH)
			fail_msg("%s", patterns[i]);
	}
	arena_free(&a);
}

/* States that are many at once are for short texts only. */
static void
test_states_are_bounded(void **state)
{
	struct arena a = {0};

	assert_int_equal(match("(?:a?){1000}", repeated(&a, "a", 8)),
	    LANG_MATCH);
	assert_int_equal(match("(?:a?){1000}", repeated(&a, "a", 16384)),
	    LANG_MATCH_UNKNOWN);
	arena_free(&a);
}

/* What a match at the start takes, with RE2's preferences. */
static void
test_at_start(void **state)
{
	static const struct {
		const char *pattern;
		struct str text;
		enum lang_match want;
		size_t end;
	} cases[] = {
	    {"a+", STR("aaa"), LANG_MATCH, 3},
	    {"a+?", STR("aaa"), LANG_MATCH, 1},
	    {"a{2,}?", STR("aaa"), LANG_MATCH, 2},
	    {"a*?", STR("aaa"), LANG_MATCH, 0},
	    {"a??b?", STR("b"), LANG_MATCH, 1},
	    {"(?U)a+", STR("aaa"), LANG_MATCH, 1},
	    {"(?U)a+?", STR("aaa"), LANG_MATCH, 3},
	    {"(?U:a*)a*", STR("aaa"), LANG_MATCH, 3},
	    {"a|ab", STR("ab"), LANG_MATCH, 1},
	    {"b", STR("ab"), LANG_NO_MATCH, 0},
	    {"c", STR("ab"), LANG_NO_MATCH, 0},
	    {"(a*)*(a*)*(a*)*[bd]",
		STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac"),
		LANG_MATCH_UNKNOWN, 0},
	};
	struct arena a = {0};
	char err[128];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct lang_regex *re = lang_regex_search(&a,
		    str_of(cases[i].pattern), err, sizeof(err));
		size_t end = 0;
		enum lang_match got;

		assert_non_null(re);
		got = lang_regex_at_start(re, cases[i].text, &end);
		if (got != cases[i].want || end != cases[i].end)
			fail_msg("%s: %d to %zu", cases[i].pattern, (int)got,
			    end);
	}
	arena_free(&a);
}

static void
test_too_large_to_match(void **state)
{
	struct arena a = {0};
	char err[128] = "";

	assert_true(lang_regex_check(STR("(?:[a-z]\\pL[0-9]){1000}"), err,
	    sizeof(err)));
	assert_null(lang_regex_compile(&a, STR("(?:[a-z]\\pL[0-9]){1000}"), err,
	    sizeof(err)));
	assert_string_equal(err, "pattern too large to match");
	assert_null(lang_regex_compile(&a, STR("("), err, sizeof(err)));
	assert_string_equal(err, "missing ) at offset 1");
	arena_free(&a);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_accepted),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_match),
	    cmocka_unit_test(test_hostile),
	    cmocka_unit_test(test_states_do_not_grow),
	    cmocka_unit_test(test_states_are_bounded),
	    cmocka_unit_test(test_at_start),
	    cmocka_unit_test(test_too_large_to_match),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
