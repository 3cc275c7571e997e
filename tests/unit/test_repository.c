/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/repository.h"
#include "folder.h"

/* NAME in the current directory, by its full path. */
static const char *
full(struct folder *f, const char *name)
{
	char here[PATH_MAX];

	assert_non_null(getcwd(here, sizeof(here)));
	return arena_printf(&f->a, "%s/%s", here, name);
}

static void
test_in_repository(void **state)
{
	static const char *const names[] = {"top/sub/a.yaml",
	    "./top/sub/a.yaml", "top/sub/../sub/a.yaml", "link/a.yaml"};
	struct folder *f = *state;

	assert_int_equal(mkdir("top", 0755), 0);
	assert_int_equal(mkdir("top/.git", 0755), 0);
	assert_int_equal(mkdir("top/sub", 0755), 0);
	assert_int_equal(symlink("top/sub", "link"), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		assert_string_equal(repository_path(&f->a, names[i]),
		    "sub/a.yaml");
		assert_string_equal(repository_path(&f->a, full(f, names[i])),
		    "sub/a.yaml");
	}
	/* Folders that are in the index alone. */
	assert_string_equal(repository_path(&f->a, "top/no/where/a.yaml"),
	    "no/where/a.yaml");
	assert_string_equal(repository_path(&f->a, "top/a.yaml"), "a.yaml");
	assert_int_equal(chdir("top/sub"), 0);
	assert_string_equal(repository_path(&f->a, "a.yaml"), "sub/a.yaml");
	assert_string_equal(repository_path(&f->a, "no/a.yaml"),
	    "sub/no/a.yaml");
	assert_int_equal(chdir("../.."), 0);
}

/* No repository, or one above a ceiling: names are from the current one. */
static void
test_outside(void **state)
{
	struct folder *f = *state;

	assert_int_equal(mkdir("a", 0755), 0);
	setenv("GIT_CEILING_DIRECTORIES", full(f, "a"), true);
	assert_int_equal(mkdir("a/.git", 0755), 0);
	assert_int_equal(mkdir("a/b", 0755), 0);
	assert_string_equal(repository_path(&f->a, "a/x.yaml"), "x.yaml");
	assert_string_equal(repository_path(&f->a, "a/b/x.yaml"), "a/b/x.yaml");
	assert_string_equal(repository_path(&f->a, full(f, "a/b/x.yaml")),
	    "a/b/x.yaml");
	assert_int_equal(chdir("a/b"), 0);
	assert_string_equal(repository_path(&f->a, "/no/x.yaml"), "/no/x.yaml");
	assert_int_equal(chdir("../.."), 0);
	unsetenv("GIT_CEILING_DIRECTORIES");
}

static void
test_below(void **state)
{
	struct folder *f = *state;
	const char *here = repository_dir(&f->a, "x");

	assert_string_equal(repository_below(&f->a, "a/x.yaml", here),
	    "a/x.yaml");
	assert_null(repository_below(&f->a, "../x.yaml", here));
	assert_null(repository_up(&f->a, "/"));
	assert_string_equal(repository_up(&f->a, "/a"), "/");
	assert_string_equal(repository_up(&f->a, "/a/b"), "/a");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    FOLDER_TEST(test_in_repository),
	    FOLDER_TEST(test_outside),
	    FOLDER_TEST(test_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
