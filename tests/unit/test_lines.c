/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "prop.h"
#include "record/lines.h"

static void
put(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void
test_pipe(void **state)
{
	struct lines *l;
	struct str text;
	int fd[2];

	assert_int_equal(pipe(fd), 0);
	put(fd[1], "a\nb");
	l = lines_new(fd[0], 16);
	assert_int_equal(lines_read(l, true, &text), LINES_SOME);
	assert_true(str_is(text, "a\n"));
	assert_int_equal(lines_read(l, false, &text), LINES_LATER);
	put(fd[1], "c\n\nd");
	assert_int_equal(lines_read(l, false, &text), LINES_SOME);
	assert_true(str_is(text, "bc\n\n"));
	put(fd[1], " is longer than a block, and so is ");
	assert_int_equal(lines_read(l, false, &text), LINES_LATER);
	close(fd[1]);
	assert_int_equal(lines_read(l, false, &text), LINES_SOME);
	assert_true(str_is(text, "d is longer than a block, and so is "));
	assert_int_equal(lines_read(l, true, &text), LINES_END);
	lines_free(l);
	close(fd[0]);
}

/* What blocks come to is the file, and each of them is whole lines. */
static void
check_file(int fd, const char *want, size_t n, size_t size)
{
	struct lines *l = lines_new(fd, size);
	enum lines_got got;
	struct str text;
	size_t at = 0;

	while ((got = lines_read(l, true, &text)) == LINES_SOME) {
		assert_true(text.n > 0 && text.n <= n - at);
		assert_memory_equal(text.s, want + at, text.n);
		at += text.n;
		assert_true(at == n || text.s[text.n - 1] == '\n');
	}
	assert_int_equal(got, LINES_END);
	assert_int_equal(at, n);
	lines_free(l);
}

static void
test_blocks(void **state)
{
	uint64_t seed = prop_seed();
	char want[4000];

	for (int round = 0; round < 200; round++) {
		size_t n = prop_below(&seed, sizeof(want));
		FILE *f = tmpfile();

		for (size_t i = 0; i < n; i++)
			want[i] = prop_below(&seed, 50) ? 'x' : '\n';
		assert_non_null(f);
		assert_int_equal(fwrite(want, 1, n, f), n);
		rewind(f);
		check_file(fileno(f), want, n, 1 + prop_below(&seed, 300));
		fclose(f);
	}
}

/* It is told of once, wherever it is, and the others are whole. */
static void
test_too_long(void **state)
{
	const size_t n = LINES_MAX + 100;
	char *long_line = malloc(n);
	FILE *f = tmpfile();
	struct lines *l;
	struct str text;

	assert_non_null(long_line);
	assert_non_null(f);
	memset(long_line, 'x', n);
	fputs("a\n", f);
	assert_int_equal(fwrite(long_line, 1, n, f), n);
	fputs("\nb\n", f);
	assert_int_equal(fwrite(long_line, 1, n, f), n);
	rewind(f);
	l = lines_new(fileno(f), 1 << 16);
	assert_int_equal(lines_read(l, true, &text), LINES_SOME);
	assert_true(str_is(text, "a\n"));
	assert_int_equal(lines_read(l, true, &text), LINES_TOO_LONG);
	assert_int_equal(lines_read(l, true, &text), LINES_SOME);
	assert_true(str_is(text, "b\n"));
	assert_int_equal(lines_read(l, true, &text), LINES_TOO_LONG);
	assert_int_equal(lines_read(l, true, &text), LINES_END);
	lines_free(l);
	fclose(f);
	free(long_line);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pipe),
	    cmocka_unit_test(test_blocks),
	    cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
