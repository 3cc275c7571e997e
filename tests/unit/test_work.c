/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/work.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ITEMS 1000

static const unsigned jobs[] = {1, 2, 8, POOL_MAX};

/* Slots of items: what each was given and where it put its own. */
struct slots {
	unsigned times[ITEMS];
	size_t *value[ITEMS];
};

static void
put_square(void *arg, struct worker *self, size_t i)
{
	struct slots *s = arg;

	s->times[i]++;
	*ARENA_NEW(&self->scratch, size_t) = i;
	s->value[i] = ARENA_NEW(&self->perm, size_t);
	*s->value[i] = i * i;
}

/* Every item is done once, and what it made outlives the scratch memory. */
static void
test_all(void **state)
{
	for (size_t k = 0; k < COUNT(jobs); k++) {
		struct slots s = {0};
		struct pool c;

		pool_init(&c, jobs[k]);
		assert_int_equal(c.n, jobs[k]);
		pool_run(&c, ITEMS, put_square, &s);
		pool_reset(&c);
		for (size_t i = 0; i < ITEMS; i++) {
			assert_int_equal(s.times[i], 1);
			assert_int_equal(*s.value[i], i * i);
		}
		assert_true(pool_used(&c) >= ITEMS * sizeof(size_t));
		pool_free(&c);
		assert_int_equal(pool_used(&c), 0);
	}
}

/* Fewer items than workers, and none at all. */
static void
test_few(void **state)
{
	struct slots s = {0};
	struct pool c;

	pool_init(&c, 8);
	pool_run(&c, 0, put_square, &s);
	assert_int_equal(pool_used(&c), 0);
	pool_run(&c, 2, put_square, &s);
	assert_int_equal(s.times[0], 1);
	assert_int_equal(s.times[1], 1);
	assert_int_equal(s.times[2], 0);
	pool_free(&c);
}

static void
note_worker(void *arg, struct worker *self, size_t i)
{
	struct worker **seen = arg;

	seen[i] = self;
}

/* A pool of one works in ascending order with one worker. */
static void
test_inline(void **state)
{
	struct worker *seen[3] = {0};
	struct pool c;

	pool_init(&c, 1);
	pool_run(&c, COUNT(seen), note_worker, seen);
	for (size_t i = 0; i < COUNT(seen); i++)
		assert_ptr_equal(seen[i], &c.v[0]);
	pool_free(&c);
}

static void
test_size(void **state)
{
	struct pool c;

	pool_init(&c, 0);
	assert_in_range(c.n, 1, POOL_MAX);
	pool_free(&c);
	pool_init(&c, POOL_MAX + 1);
	assert_int_equal(c.n, POOL_MAX);
	pool_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all),
	    cmocka_unit_test(test_few),
	    cmocka_unit_test(test_inline),
	    cmocka_unit_test(test_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
