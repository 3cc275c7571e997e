/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "lang/selector.h"

/* The selector in one normal form, to compare. */
static const char *
print(struct arena *a, const struct lang_selector *s)
{
	static const char *const ops[] = {"in", "notin", "exists", "absent"};
	struct buf b;

	buf_init(&b, a);
	buf_puts(&b, "");
	VEC_FOREACH (r, &s->reqs) {
		const char *sep = "(";

		buf_printf(&b, "[" STR_FMT ":" STR_FMT " %s",
		    STR_ARG(r->source), STR_ARG(r->key), ops[r->op]);
		VEC_FOREACH (v, &r->values) {
			buf_printf(&b, "%s" STR_FMT, sep, STR_ARG(*v));
			sep = ",";
		}
		buf_puts(&b, r->values.n > 0 ? ")]" : "]");
	}
	return b.p;
}

static void
test_accepted(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
	    {"", ""},
	    {"  ", ""},
	    {"app=web", "[:app in(web)]"},
	    {"app==web", "[:app in(web)]"},
	    {"app = web", "[:app in(web)]"},
	    {"app=", "[:app in()]"},
	    {"app!=web", "[:app notin(web)]"},
	    {"app!=", "[:app notin()]"},
	    {"role", "[:role exists]"},
	    {"!role", "[:role absent]"},
	    {"! role", "[:role absent]"},
	    {"env in (a)", "[:env in(a)]"},
	    {"env in(a,b)", "[:env in(a,b)]"},
	    {"env notin ( b , a )", "[:env notin(b,a)]"},
	    {"env in (a,)", "[:env in(a,)]"},
	    {"env in (,)", "[:env in(,)]"},
	    {"in in (in,notin)", "[:in in(in,notin)]"},
	    {"notin=in", "[:notin in(in)]"},
	    {"!in", "[:in absent]"},
	    {"k8s:app=web", "[k8s:app in(web)]"},
	    {"any:a.b/c-d_e=F.g", "[any:a.b/c-d_e in(F.g)]"},
	    {"reserved:host", "[reserved:host exists]"},
	    {"cidr:10.0.0.0/8", "[cidr:10.0.0.0/8 exists]"},
	    {"app=web,tier!=db,env in (a,b),env notin (c),role,!old",
		"[:app in(web)][:tier notin(db)][:env in(a,b)]"
		"[:env notin(c)][:role exists][:old absent]"},
	};
	struct arena a = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct lang_selector s;
		struct lang_error err;

		if (!lang_selector_parse(&a, str_of(cases[i].text), &s, &err))
			fail_msg("%s: %s", cases[i].text, err.text);
		assert_string_equal(print(&a, &s), cases[i].want);
	}
	arena_free(&a);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *text;
		uint32_t start, end;
		const char *err;
	} cases[] = {
	    {"app=web,", 8, 8, "expected a word or '!'"},
	    {",app=web", 0, 1, "expected the end, a word or '!'"},
	    {"app web", 4, 7,
		"expected the end, 'in', 'notin', '=', '!=' or ','"},
	    {"app=a b", 6, 7, "expected the end or ','"},
	    {"app=a=b", 5, 6, "expected the end or ','"},
	    {"=web", 0, 1, "expected the end, a word or '!'"},
	    {"!", 1, 1, "expected a word"},
	    {"!=a", 0, 2, "expected the end, a word or '!'"},
	    {"env in a", 7, 8, "expected '('"},
	    {"env in (a", 9, 9, "expected ',' or ')'"},
	    {"env in ()", 8, 9, "a list needs values"},
	    {"env notin ( )", 12, 13, "a list needs values"},
	    {"app>3", 3, 4,
		"expected the end, 'in', 'notin', '=', '!=' or ','"},
	    {"app=\xc3\xa9", 4, 5, "expected the end, a word or ','"},
	    {":app", 0, 4, "a key is written [source:]name"},
	    {"k8s:=a", 0, 4, "a key is written [source:]name"},
	    {"a,b:c:d", 2, 7, "a key is written [source:]name"},
	};
	struct arena a = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct lang_selector s;
		struct lang_error err;

		if (lang_selector_parse(&a, str_of(cases[i].text), &s, &err))
			fail_msg("%s: taken", cases[i].text);
		assert_string_equal(err.text, cases[i].err);
		assert_int_equal(err.start, cases[i].start);
		assert_int_equal(err.end, cases[i].end);
	}
	arena_free(&a);
}

/* Long lists need no more stack than short ones; longer ones are refused. */
static void
test_long(void **state)
{
	struct arena a = {0};
	struct lang_selector s;
	struct lang_error err;
	struct buf b;

	buf_init(&b, &a);
	buf_puts(&b, "x in (");
	while (b.n < LANG_SELECTOR_MAX - 2)
		buf_puts(&b, "a,");
	buf_puts(&b, "a)");
	assert_int_equal(b.n, LANG_SELECTOR_MAX);
	assert_true(lang_selector_parse(&a, buf_as_str(&b), &s, &err));
	assert_int_equal(s.reqs.v[0].values.n, (LANG_SELECTOR_MAX - 6) / 2);
	buf_putc(&b, ' ');
	assert_false(lang_selector_parse(&a, buf_as_str(&b), &s, &err));
	assert_string_equal(err.text, "selector too long");
	arena_free(&a);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_accepted),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
