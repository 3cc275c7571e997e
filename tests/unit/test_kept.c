/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "driver/kept.h"

#define MAX 100

/* Whether the source 2 is still what was kept; its text is TEXT now. */
static bool
is_kept(struct kept *k, const char *path, const struct str *memory,
    const char *text)
{
	struct kept_file *f;
	bool same;

	assert_int_equal(kept_text(k, 2, path, memory, MAX, &f, &same), 0);
	assert_string_equal(f->text.s, text);
	if (!same)
		assert_int_equal(f->docs.v.n, 0);
	return same;
}

static void
test_texts(void **state)
{
	const struct str one = STR("one"), again = STR("one"), two = STR("two");
	struct kept k = {0};

	kept_reserve(&k, 2);
	assert_false(is_kept(&k, "a", &one, "one"));
	assert_true(is_kept(&k, "a", &again, "one"));
	kept_reserve(&k, 300);
	assert_true(is_kept(&k, "a", &one, "one"));
	assert_false(is_kept(&k, "a", &two, "two"));
	assert_false(is_kept(&k, "b", &two, "two"));
	kept_free(&k);
}

/* A file that was just written may change once more in the same tick. */
static void
test_files(void **state)
{
	char dir[] = "/tmp/cnpc-kept-XXXXXX";
	const struct str one = STR("one");
	struct kept k = {0};
	struct kept_file *f;
	const char *path;
	bool same;

	assert_non_null(mkdtemp(dir));
	kept_reserve(&k, 2);
	path = arena_printf(&k.arena, "%s/a", dir);
	assert_int_equal(kept_text(&k, 2, path, NULL, MAX, &f, &same), ENOENT);
	assert_false(same);
	assert_int_equal(file_write(path, one), 0);
	assert_false(is_kept(&k, path, NULL, "one"));
	assert_int_equal(file_write(path, STR("two")), 0);
	assert_false(is_kept(&k, path, NULL, "two"));
	assert_false(is_kept(&k, path, &one, "one"));
	assert_false(is_kept(&k, path, NULL, "two"));
	assert_int_equal(kept_text(&k, 2, path, NULL, 2, &f, &same), EFBIG);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	kept_free(&k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
