/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lang/fqdn.h"
#include "lang/regex.h"

enum kind {
	NAME,
	PATTERN,     /* from Cilium 1.19 on */
	PATTERN_OLD, /* before */
};

static bool
matches(struct arena *a, enum kind kind, const char *pattern, const char *name)
{
	char err[128];
	struct str re =
	    lang_fqdn_regex(a, str_of(pattern), kind == NAME, kind == PATTERN);
	const struct lang_regex *code =
	    lang_regex_compile(a, re, err, sizeof(err));

	if (!code)
		fail_msg("%s: %s: %s", pattern, re.s, err);
	return lang_regex_match(code, a, str_of(name)) == LANG_MATCH;
}

static void
test_match(void **state)
{
	static const struct {
		enum kind kind;
		const char *pattern, *name;
		bool want;
	} cases[] = {
	    {NAME, "example.com", "example.com.", true},
	    {NAME, "Example.COM.", "example.com.", true},
	    {NAME, "example.com", "examplexcom.", false},
	    {NAME, "example.com", "a.example.com.", false},
	    {NAME, "a-b_c.d", "a-b_c.d.", true},
	    {PATTERN, "example.com", "example.com.", true},
	    {PATTERN, "*.example.com", "a.example.com.", true},
	    {PATTERN, "*.example.com", "example.com.", false},
	    {PATTERN, "*.example.com", "a.b.example.com.", false},
	    {PATTERN, "*.example.com", ".example.com.", true},
	    {PATTERN, "**.example.com", "a.example.com.", true},
	    {PATTERN, "**.example.com", "a.b.example.com.", true},
	    {PATTERN, "***.example.com", "a.b.c.example.com.", true},
	    {PATTERN, "**.example.com", "example.com.", false},
	    {PATTERN, "**.example.com", ".example.com.", false},
	    {PATTERN_OLD, "**.example.com", "a.example.com.", true},
	    {PATTERN_OLD, "**.example.com", "a.b.example.com.", false},
	    {PATTERN, "*example.com", "example.com.", true},
	    {PATTERN, "*example.com", "myexample.com.", true},
	    {PATTERN, "*example.com", "a.example.com.", false},
	    {PATTERN, "**example.com", "a.example.com.", false},
	    {PATTERN, "sub*.example.com", "sub.example.com.", true},
	    {PATTERN, "sub*.example.com", "sub1.example.com.", true},
	    {PATTERN, "sub*.example.com", "sub.x.example.com.", false},
	    {PATTERN, "a.**.b", "a.x.b.", true},
	    {PATTERN, "a.**.b", "a.x.y.b.", false},
	    {PATTERN, "*.Example.com.", "x.example.com.", true},
	    {PATTERN, "*", "a.b.c.", true},
	    {PATTERN, "*", ".", true},
	    {PATTERN, "**", "a.", true},
	    {PATTERN, "*.", "a.b.", true},
	    {PATTERN_OLD, "*", "a.b.c.", true},
	    {PATTERN, "*", "a b.", false},
	    {PATTERN, "*.*", "a.b.", true},
	    {PATTERN, "*.*", "a.", false},
	};
	struct arena a = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (matches(&a, cases[i].kind, cases[i].pattern,
			cases[i].name) != cases[i].want)
			fail_msg("%s, %s", cases[i].pattern, cases[i].name);
	}
	arena_free(&a);
}

static void
test_text(void **state)
{
	struct arena a = {0};

	assert_string_equal(lang_fqdn_regex(&a, STR("Ab.c-d"), true, true).s,
	    "^ab[.]c-d[.]$");
	assert_string_equal(lang_fqdn_regex(&a, STR("*."), false, true).s,
	    "(^([-a-zA-Z0-9_]+[.])+$)|(^[.]$)");
	assert_string_equal(lang_fqdn_regex(&a, STR("**.a"), false, true).s,
	    "^([-a-zA-Z0-9_]+([.][-a-zA-Z0-9_]+){0,})[.]a[.]$");
	assert_string_equal(lang_fqdn_regex(&a, STR("**.a"), false, false).s,
	    "^[-a-zA-Z0-9_]*[.]a[.]$");
	arena_free(&a);
}

static void
test_normal(void **state)
{
	static const struct {
		const char *name, *want;
	} cases[] = {
	    {"Www.Example.COM", "www.example.com."},
	    {"www.example.com.", "www.example.com."},
	    {"a-Z_0", "a-z_0."},
	    {".", "."},
	    {"", "."},
	};
	struct arena a = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_string_equal(lang_fqdn_normal(&a, str_of(cases[i].name))
					.s,
		    cases[i].want);
	arena_free(&a);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_match),
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_normal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
