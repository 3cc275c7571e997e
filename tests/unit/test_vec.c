/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/vec.h"

static void
test_push(void **state)
{
	struct arena a = {0};
	VEC(uint32_t) v = {0};
	uint32_t sum = 0, *p;

	VEC_FOREACH (i, &v)
		sum++;
	assert_int_equal(sum, 0);
	for (uint32_t i = 0; i < 1000; i++) {
		p = vec_push(&v, &a);
		assert_int_equal(*p, 0);
		*p = i;
		assert_true(v.n <= v.cap);
		arena_alloc(&a, i % 3); /* in place, and by copying */
	}
	assert_int_equal(v.n, 1000);
	VEC_FOREACH (i, &v)
		assert_int_equal(*i, i - v.v);
	arena_free(&a);
}

static void
test_push_after_shortening(void **state)
{
	struct arena a = {0};
	VEC(uint64_t) v = {0};

	*vec_push(&v, &a) = 5;
	v.n = 0;
	assert_int_equal(*vec_push(&v, &a), 0);
	arena_free(&a);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_push),
	    cmocka_unit_test(test_push_after_shortening),
	};

	return cmocka_run_group_tests_name("vec", tests, NULL, NULL);
}
