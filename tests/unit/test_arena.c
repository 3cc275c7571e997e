/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"

static int
all_zero(const void *p, size_t n)
{
	const unsigned char *c = p;

	while (n > 0 && c[n - 1] == 0)
		n--;
	return n == 0;
}

static void
test_alloc(void **state)
{
	static const size_t sizes[] = {0, 1, 15, 16, 17, 4096, 65536, 100000};
	struct arena a = {0};
	unsigned char *p, *last = NULL;

	for (size_t round = 0; round < 50; round++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
			p = arena_alloc(&a, sizes[i]);
			assert_non_null(p);
			assert_ptr_not_equal(p, last);
			assert_int_equal((uintptr_t)p % 8, 0);
			assert_true(all_zero(p, sizes[i]));
			memset(p, 0xaa, sizes[i]);
			last = p;
		}
	}
	arena_free(&a);
	assert_null(a.head);
	assert_int_equal(a.used, 0);
}

static void
test_big_object_leaves_the_block_open(void **state)
{
	struct arena a = {0};
	char *before = arena_alloc(&a, 16), *big = arena_alloc(&a, 8 << 20);

	memset(big, 1, 8 << 20);
	assert_ptr_equal(arena_alloc(&a, 16), before + 16);
	arena_free(&a);
}

static void
test_reset(void **state)
{
	struct arena a = {0};
	char *p, *q;

	arena_reset(&a);
	assert_int_equal(a.used, 0);
	arena_alloc(&a, 100);
	p = arena_alloc(&a, 1 << 20);
	memset(p, 0xff, 1 << 20);
	assert_true(a.used >= (1 << 20) + 100);
	arena_reset(&a);
	assert_int_equal(a.used, 0);
	q = arena_alloc(&a, 1 << 20);
	assert_ptr_equal(p, q); /* the largest block was kept */
	assert_true(all_zero(q, 1 << 20));
	arena_free(&a);
}

static void
test_grow(void **state)
{
	struct arena a = {0};
	char *p, *q, *r;

	p = arena_grow(&a, NULL, 0, 10);
	memcpy(p, "123456789", 10);
	q = arena_grow(&a, p, 10, 1000);
	assert_ptr_equal(p, q); /* the newest: in place */
	assert_string_equal(q, "123456789");
	assert_true(all_zero(q + 10, 990));
	arena_alloc(&a, 1);
	r = arena_grow(&a, q, 1000, 2000);
	assert_ptr_not_equal(r, q);
	assert_memory_equal(r, q, 1000);
	assert_true(all_zero(r + 1000, 1000));
	q = arena_grow(&a, r, 2000, 10 << 20); /* no room in the block */
	assert_memory_equal(q, "123456789", 10);
	assert_true(all_zero(q + 10, (10 << 20) - 10));
	assert_ptr_equal(arena_grow(&a, q, 10 << 20, 10 << 20), q);
	r = arena_dup(&a, "behind", 6);
	q[(10 << 20) - 1] = '!';
	for (size_t n = 10 << 20; n < 80 << 20; n *= 2) {
		q = arena_grow(&a, q, n, 2 * n); /* its pages move */
		assert_memory_equal(q, "123456789", 10);
		assert_int_equal(q[(10 << 20) - 1], '!');
		assert_true(all_zero(q + n, n));
	}
	assert_string_equal(r, "behind");
	assert_string_equal(arena_dup(&a, "more", 4), "more");
	assert_string_equal(r, "behind");
	arena_free(&a);
}

static void
test_shrink(void **state)
{
	struct arena a = {0};
	char *p = arena_alloc(&a, 1000), *q;
	size_t used;

	memset(p, 'x', 1000);
	arena_shrink(&a, p, 1000, 10);
	assert_memory_equal(p, "xxxxxxxxxx", 10);
	q = arena_alloc(&a, 990);
	assert_true(q < p + 1000);
	assert_true(all_zero(q, 990));
	used = a.used;
	arena_shrink(&a, p, 10, 1); /* not the newest */
	assert_int_equal(a.used, used);
	arena_free(&a);
}

static void
test_dup_and_printf(void **state)
{
	struct arena a = {0};
	char *s;

	assert_memory_equal(arena_dup(&a, "a\0b", 3), "a\0b", 4);
	assert_string_equal(arena_dup(&a, NULL, 0), "");
	assert_string_equal(arena_printf(&a, "%d-%s", 7, "x"), "7-x");
	assert_string_equal(arena_printf(&a, "%s", ""), "");
	s = arena_printf(&a, "%100000d", 1);
	assert_int_equal(strlen(s), 100000);
	assert_int_equal(s[99999], '1');
	arena_free(&a);
}

static void
test_array(void **state)
{
	struct arena a = {0};
	uint64_t *v = ARENA_ARRAY(&a, uint64_t, 1000);

	assert_true(all_zero(v, 8000));
	assert_non_null(ARENA_ARRAY(&a, uint64_t, 0));
	assert_true(a.used >= 8000);
	arena_free(&a);
}

static void
array_overflow(struct arena *a)
{
	arena_array(a, SIZE_MAX / 2, 4);
}

static void
alloc_over_address_space(struct arena *a)
{
	arena_alloc(a, SIZE_MAX - 8);
}

static void
grow_over_address_space(struct arena *a)
{
	arena_grow(a, NULL, 0, SIZE_MAX - 8);
}

static void
dup_over_address_space(struct arena *a)
{
	arena_dup(a, "", SIZE_MAX);
}

static void
test_out_of_memory(void **state)
{
	static void (*const cases[])(struct arena *) = {
	    array_overflow,
	    alloc_over_address_space,
	    grow_over_address_space,
	    dup_over_address_space,
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int pipes[2], status;
		char text[100] = "";
		pid_t child;

		assert_int_equal(pipe(pipes), 0);
		fflush(NULL);
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			struct arena a = {0};

			dup2(pipes[1], STDERR_FILENO);
			cases[i](&a);
			_exit(0);
		}
		close(pipes[1]);
		assert_true(read(pipes[0], text, sizeof(text) - 1) > 0);
		close(pipes[0]);
		assert_string_equal(text, "cnpc: out of memory\n");
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 4);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_alloc),
	    cmocka_unit_test(test_big_object_leaves_the_block_open),
	    cmocka_unit_test(test_reset),
	    cmocka_unit_test(test_grow),
	    cmocka_unit_test(test_shrink),
	    cmocka_unit_test(test_dup_and_printf),
	    cmocka_unit_test(test_array),
	    cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
