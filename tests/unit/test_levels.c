/* SPDX-License-Identifier: Apache-2.0 */
#include "cilium/version.h"
#include "pmap/levels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct ir_rule
rule(enum ir_tier tier, uint32_t priority, enum ir_verdict verdict)
{
	return (struct ir_rule){.tier = tier,
	    .priority = priority,
	    .verdict = verdict};
}

/* The first worked example of semantics.md 11.2. */
static void
test_pass(void **state)
{
	struct ir_rule r[] = {
	    rule(IR_TIER_ADMIN, 1, IR_PASS),
	    rule(IR_TIER_ADMIN, 2, IR_DENY),
	    rule(IR_TIER_NORMAL, 0, IR_ALLOW),
	    rule(IR_TIER_DEFAULT, 0, IR_ALLOW),
	    rule(IR_TIER_DEFAULT, 1, IR_DENY),
	};
	struct pmap_rule v[5];

	(void)state;
	for (int i = 0; i < 5; i++)
		v[i].rule = &r[i];
	assert_true(levels_assign(v, 5));
	assert_int_equal(v[0].level, 0);
	assert_int_equal(precedence_deny(v[1].level), 0xffffeaff);
	assert_int_equal(precedence_allow(version_plain(CILIUM_1_20),
			     v[2].level),
	    0xffffe101);
	assert_int_equal(precedence_allow(version_plain(CILIUM_1_20),
			     v[3].level),
	    0xffffd701);
	assert_int_equal(precedence_deny(v[4].level), 0xffffd6ff);
}

/* The second one. */
static void
test_baseline(void **state)
{
	struct ir_rule r[] = {
	    rule(IR_TIER_NORMAL, 0, IR_ALLOW),
	    rule(IR_TIER_BASELINE, 0, IR_ALLOW),
	    rule(IR_TIER_DEFAULT, 0, IR_ALLOW),
	};
	struct pmap_rule v[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		v[i].rule = &r[i];
	assert_true(levels_assign(v, 3));
	assert_int_equal(precedence_allow(version_plain(CILIUM_1_20),
			     v[0].level),
	    0xffffff01);
	assert_int_equal(precedence_allow(version_plain(CILIUM_1_20),
			     v[1].level),
	    0xfffff501);
	assert_int_equal(precedence_allow(version_plain(CILIUM_1_20),
			     v[2].level),
	    0xffffeb01);
}

static void
test_redirects(void **state)
{
	(void)state;
	assert_int_equal(precedence_redirect(version_plain(CILIUM_1_20), 0, 1) &
		0xff,
	    0xfe);
	assert_int_equal(precedence_redirect(version_plain(CILIUM_1_20), 0,
			     100) &
		0xff,
	    0x9b);
	assert_int_equal(precedence_redirect(version_plain(CILIUM_1_20), 0,
			     LISTENER_PRIORITY_HTTP) &
		0xff,
	    0x9a);
	assert_int_equal(precedence_redirect(version_plain(CILIUM_1_20), 0,
			     LISTENER_PRIORITY_TLS) &
		0xff,
	    0x8b);
	assert_int_equal(precedence_redirect(version_plain(CILIUM_1_20), 0,
			     LISTENER_PRIORITY_DNS) &
		0xff,
	    0x86);
	assert_int_equal(precedence_redirect(version_plain(CILIUM_1_20), 0,
			     LISTENER_PRIORITY_CRD) &
		0xff,
	    0x81);
	assert_int_equal(precedence_redirect(version_plain(CILIUM_1_20), 0, 0) &
		0xff,
	    2);
}

/* Passes multiply what comes after them; 24 bits must hold it all. */
static void
test_too_many(void **state)
{
	enum { N = 4200 };
	static struct ir_rule r[2 * N];
	static struct pmap_rule v[2 * N];

	(void)state;
	for (uint32_t i = 0; i < N; i++) {
		r[i] = rule(IR_TIER_ADMIN, i, IR_PASS);
		r[N + i] = rule(IR_TIER_BASELINE, i, IR_PASS);
	}
	for (uint32_t i = 0; i < 2 * N; i++)
		v[i].rule = &r[i];
	assert_true(levels_assign(v, N));
	assert_true(levels_assign(v + N, N));
	assert_true(!levels_assign(v, 2 * N));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pass),
	    cmocka_unit_test(test_baseline),
	    cmocka_unit_test(test_redirects),
	    cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
