/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "base/fileset.h"

static const char *const suffixes[] = {".yaml", NULL};

static struct arena arena;

static int
set_up(void **state)
{
	struct fileset *set = ARENA_NEW(&arena, struct fileset);

	fileset_init(set, &arena);
	fileset_add(set, "/r/b.yaml", STR("b"));
	fileset_add(set, "/r/a/z.yaml", STR("z"));
	fileset_add(set, "/r/a/note.txt", STR("no manifest"));
	fileset_add(set, "/r/.hidden/a.yaml", STR("hidden"));
	fileset_add(set, "/r/a.yaml", STR("a"));
	fileset_add(set, "/rest.yaml", STR("beside"));
	fileset_link(set, "/r/link.yaml", "/r/twice.yaml");
	fileset_link(set, "/r/twice.yaml", "/rest.yaml");
	fileset_link(set, "/r/round.yaml", "/r/round.yaml");
	fileset_link(set, "/r/lost.yaml", "/r/nothing.yaml");
	fileset_link(set, "/r/folder", "/r/a");
	fileset_close(set);
	*state = set;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void
test_get(void **state)
{
	const struct fileset *set = *state;

	assert_true(str_is(fileset_get(set, "/r/a.yaml")->text, "a"));
	assert_true(str_is(fileset_get(set, "/r/link.yaml")->text, "beside"));
	assert_null(fileset_get(set, "/r/lost.yaml"));
	assert_null(fileset_get(set, "/r/round.yaml"));
	assert_null(fileset_get(set, "/r"));
	assert_true(fileset_is_link(set, "/r/lost.yaml"));
	assert_false(fileset_is_link(set, "/r/a.yaml"));
	assert_false(fileset_is_link(set, "/none"));
}

static void
test_is_dir(void **state)
{
	static const struct {
		const char *path;
		bool dir;
	} cases[] = {{"/", true}, {"/r", true}, {"/r/a", true},
	    {"/r/folder", true}, {"/r/a.yaml", false}, {"/re", false},
	    {"/r/round.yaml", false}, {"/r/lost.yaml", false}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(fileset_is_dir(*state, cases[i].path),
		    cases[i].dir);
}

/* In byte order, whatever order they were added in. */
static void
test_walk(void **state)
{
	static const char *const paths[] = {"./a.yaml", "./a/z.yaml",
	    "./b.yaml", "./link.yaml", "./twice.yaml"};
	struct file_list l = {0};

	fileset_walk(*state, "/r", ".", suffixes, &l);
	assert_int_equal(l.path.n, 5);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(l.path.v[i], paths[i]);
	assert_int_equal(l.linked.n, 1);
	assert_string_equal(l.linked.v[0], "./folder");
	assert_int_equal(l.failed.n, 2);
	assert_string_equal(l.failed.v[0].path, "./lost.yaml");
	assert_string_equal(l.failed.v[1].path, "./round.yaml");
	assert_int_equal(l.failed.v[0].error, ENOENT);
}

/* A folder by another name, and one that is a link itself. */
static void
test_walk_shown(void **state)
{
	struct file_list l = {0};

	fileset_walk(*state, "/r/folder", "x/", suffixes, &l);
	assert_int_equal(l.path.n, 1);
	assert_string_equal(l.path.v[0], "x/z.yaml");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_get),
	    cmocka_unit_test(test_is_dir),
	    cmocka_unit_test(test_walk),
	    cmocka_unit_test(test_walk_shown),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
