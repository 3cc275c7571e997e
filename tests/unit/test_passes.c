/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Which passes run for what is wanted, and which are left out.
 */

#include "driver/unit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "compile.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Compiles, and so does what refuses a part of it. */
static const char good[] = POD("shop", "web", "10.0.0.1")
    CILIUM_POLICY("shop", "p", "endpointSelector: {}, ingress: [{}]");
static const char bad[] = POD("shop", "web", "10.0.0.1")
    CILIUM_POLICY("shop", "p", "endpointSelector: 5");

/* The names of the passes that ran, in order, from their costs. */
static const char *
print_ran(struct unit *u)
{
	struct buf b;

	buf_init(&b, &u->perm);
	VEC_FOREACH (c, &u->cost)
		buf_printf(&b, "%s%s", b.n > 0 ? " " : "", c->name);
	return buf_as_str(&b).s;
}

#define TO_IR "yaml repo version ast settings sanitize ir"
#define TO_PMAP TO_IR " ident pmap"

static void
test_wanted(void **state)
{
	static const struct {
		uint32_t wanted;
		int stop_after, dump;
		const char *yaml, *ran;
	} cases[] = {
	    /* what is needed, and nothing else */
	    {0, PASSES, PASSES, good, ""},
	    {PASS_BIT(YAML), PASSES, PASSES, good, "yaml"},
	    {PASS_BIT(IR), PASSES, PASSES, good, TO_IR},
	    {PASS_BIT(PMAP), PASSES, PASSES, good, TO_PMAP},
	    {PASS_BIT(MODELS), PASSES, PASSES, good, TO_PMAP " models"},
	    {PASS_BIT(LOCK), PASSES, PASSES, good, TO_IR " ident lock"},
	    {PASS_BIT(BUNDLE) | PASS_BIT(YAML), PASSES, PASSES, good,
		"key " TO_PMAP " bundle"},
	    /* checks use what there is */
	    {PASS_BIT(LINT), PASSES, PASSES, good, TO_PMAP " models lint"},
	    {PASS_BIT(LINT), PASS_IR, PASSES, good, TO_IR " lint"},
	    {PASS_BIT(LINT), PASS_YAML, PASSES, good, "yaml lint"},
	    /* what needs a stage that is left out is left out, too */
	    {PASS_BIT(BUNDLE), PASS_IDENT, PASSES, good, "key " TO_IR " ident"},
	    {PASS_BIT(BUNDLE), PASS_PMAP, PASSES, good,
		"key " TO_PMAP " bundle"},
	    {PASS_BIT(YAML), PASS_IR, PASSES, good, "yaml"},
	    /* a dump comes instead of what is wanted */
	    {PASS_BIT(BUNDLE), PASSES, PASS_IR, good, TO_IR " lint"},
	    {PASS_BIT(BUNDLE), PASSES, PASS_PMAP, good, TO_PMAP " models lint"},
	    {PASS_BIT(YAML), PASS_AST, PASS_IR, good,
		"yaml repo version ast lint"},
	    /* what is refused is in no bundle, and so there is none */
	    {PASS_BIT(BUNDLE) | PASS_BIT(LOCK), PASSES, PASSES, bad,
		"key " TO_PMAP},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct unit_options opt;
		struct unit u;

		unit_options_default(&opt);
		opt.stop_after = cases[i].stop_after;
		opt.dump = cases[i].dump;
		unit_init(&u, &opt);
		unit_add_source(&u, "in.yaml", str_of(cases[i].yaml));
		unit_run(&u, cases[i].wanted);
		assert_string_equal(print_ran(&u), cases[i].ran);
		assert_int_equal(diag_failed(&u.sink), cases[i].yaml == bad);
		/* The dump is that of the stage, if it ran. */
		assert_int_equal(u.dump.n > 0,
		    cases[i].dump < PASSES &&
			unit_ran(&u, (enum pass_id)cases[i].dump));
		unit_free(&u);
	}
}

/* What runs is above what it needs, and every stage can be dumped. */
static void
test_table(void **state)
{
	for (int i = 0; i < PASSES; i++) {
		const struct pass *p = &passes[i];

		assert_true(!!p->name);
		assert_true(!!p->run);
		assert_int_equal((p->needs | p->uses) >> i, 0);
		/* A stage needs stages alone. */
		for (int k = 0; k < i; k++) {
			if (p->dump && p->needs & 1u << k)
				assert_true(!!passes[k].dump);
		}
	}
}

/* The system refuses the directory: what comes later does not run. */
static void
test_refused(void **state)
{
	struct unit_options opt;
	struct unit u;

	unit_options_default(&opt);
	opt.output = "/proc/none/bundle";
	opt.version = "1.2.3";
	unit_init(&u, &opt);
	unit_add_source(&u, "in.yaml", str_of(good));
	unit_run(&u, PASS_BIT(WRITE_LOCK));
	assert_int_equal(u.failure.error, ENOENT);
	assert_string_equal(u.failure.path, opt.output);
	assert_false(u.written);
	assert_false(unit_ran(&u, PASS_WRITE_LOCK));
	unit_free(&u);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_wanted),
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
