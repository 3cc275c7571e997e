/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Variables as Flux's envsubst fills them in, and where nobody says who does.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "flow_yaml.h"
#include "repo/subst.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *
apply(struct arena *a, const struct subst *s, const char *text,
    struct subst_report *report)
{
	const struct ynode *n = flow_read(a, text);

	*report = (struct subst_report){0};
	return flow_print(a, subst_apply(s, a, n, report));
}

static void
init(struct subst *s, struct arena *a, bool flux)
{
	subst_init(s, a);
	s->flux = flux;
	subst_define(s, STR("A"), STR("value"));
	subst_define(s, STR("N"), STR("80"));
	subst_define(s, STR("E"), STR(""));
	assert_true(subst_define_text(s, "T=a=b"));
	assert_false(subst_define_text(s, "1=a"));
	assert_false(subst_define_text(s, "T"));
}

/* Flux writes the object anew, without quotes. */
static void
test_flux(void **state)
{
	static const struct {
		const char *text, *want;
		bool open, malformed;
	} cases[] = {
	    {"'${A}'", "\"value\"", false, false},
	    {"'x-${A}-y'", "\"x-value-y\"", false, false},
	    {"'${N}'", "80", false, false},
	    {"'${U:=80}'", "80", false, false},
	    {"'${U:-d}'", "\"d\"", false, false},
	    {"'${U=d}'", "\"d\"", false, false},
	    {"'${E:=d}'", "\"d\"", false, false},
	    {"'${A:=d}'", "\"value\"", false, false},
	    {"'${U:=${A}}'", "\"value\"", false, false},
	    {"'${A:1}'", "\"alue\"", false, false},
	    {"'${A:1:2}'", "\"al\"", false, false},
	    {"'${A^}'", "\"Value\"", false, false},
	    {"'${A^^}'", "\"VALUE\"", false, false},
	    {"'${U}'", "\"${U}\"", true, false},
	    {"'${A}${U}'", "\"value${U}\"", true, false},
	    {"'$${A}'", "\"${A}\"", false, false},
	    {"'$A $(A)'", "\"$A $(A)\"", false, false},
	    {"'${a.b}'", "\"${a.b}\"", false, true},
	    {"'${T}'", "\"a=b\"", false, false},
	    {"{'${A}': [x, '${N}']}", "{value: [\"x\", 80]}", false, false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct subst_report report;
		struct arena a = {0};
		struct subst s;

		init(&s, &a, true);
		assert_string_equal(apply(&a, &s, cases[i].text, &report),
		    cases[i].want);
		assert_int_equal(report.open, cases[i].open);
		assert_int_equal((bool)report.malformed, cases[i].malformed);
		arena_free(&a);
	}
}

/* Elsewhere quotes keep their meaning, and $(NAME) counts as well. */
static void
test_others(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
	    {"'${N}'", "\"80\""},
	    {"${N}", "80"},
	    {"8${N}", "880"},
	    {"$(A)", "\"value\""},
	    {"x$(U)y", "\"x$(U)y\""},
	    {"'$${A}'", "\"$value\""},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct source_set sources;
		struct subst_report report;
		struct arena a = {0};
		struct subst s;

		source_set_init(&sources, &a);
		source_add(&sources, "in.yaml", str_of(cases[i].text));
		init(&s, &a, false);
		s.sources = &sources;
		assert_string_equal(apply(&a, &s, cases[i].text, &report),
		    cases[i].want);
		arena_free(&a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_flux),
	    cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
