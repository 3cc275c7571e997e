/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/atom.h"

static void
test_intern(void **state)
{
	struct arena a = {0};
	struct atom_table *t = atom_table_new(&a);
	char text[] = "app";
	atom_t app, with_nul, found = {77};

	assert_int_equal(atom_count(t), 1);
	assert_int_equal(atom_intern(t, STR("")).i, 0);
	assert_int_equal(atom_intern(t, (struct str){0}).i, 0);
	app = atom_intern(t, str_of(text));
	text[0] = 'X';
	assert_int_equal(app.i, 1);
	assert_true(atom_eq(atom_intern(t, STR("app")), app));
	assert_true(str_is(atom_str(t, app), "app"));
	assert_int_equal(atom_str(t, app).s[3], '\0');

	with_nul = atom_intern(t, STR("app\0"));
	assert_false(atom_eq(with_nul, app));
	assert_true(str_eq(atom_str(t, with_nul), STR("app\0")));

	assert_false(atom_find(t, STR("ap"), &found));
	assert_int_equal(found.i, 77);
	assert_true(atom_find(t, STR("app\0"), &found));
	assert_true(atom_eq(found, with_nul));
	assert_true(atom_find(t, STR(""), &found));
	assert_int_equal(found.i, 0);
	assert_int_equal(atom_count(t), 3);
	arena_free(&a);
}

static void
test_many(void **state)
{
	struct arena a = {0};
	struct atom_table *t = atom_table_new(&a);
	char name[20];
	struct str first;
	atom_t atom;

	atom_intern(t, STR("0"));
	first = atom_str(t, (atom_t){1});
	for (uint32_t round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < 20000; i++) {
			snprintf(name, sizeof(name), "%x", i);
			atom = atom_intern(t, str_of(name));
			assert_int_equal(atom.i, i + 1);
			assert_true(str_is(atom_str(t, atom), name));
		}
	}
	assert_int_equal(atom_count(t), 20001);
	assert_ptr_equal(atom_str(t, (atom_t){1}).s, first.s);
	arena_free(&a);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_intern),
	    cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests_name("atom", tests, NULL, NULL);
}
