/* SPDX-License-Identifier: Apache-2.0 */
#include "pmap/interval.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "prop.h"

enum {
	ENDS = 24, /* of random intervals */
	LISTS = 5000,
};

static void
test_ports(void **state)
{
	static const struct {
		uint16_t port, end;
		struct interval want;
	} cases[] = {
	    {80, 0, {80, 81}},
	    {80, 80, {80, 81}},
	    {80, 79, {80, 81}},
	    {80, 90, {80, 91}},
	    {65535, 0, {65535, PORT_VALUES}},
	    {0, 65535, {0, PORT_VALUES}},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct interval got =
		    interval_of_ports(cases[i].port, cases[i].end);

		assert_int_equal(got.first, cases[i].want.first);
		assert_int_equal(got.end, cases[i].want.end);
	}
}

static void
test_join(void **state)
{
	static const struct {
		size_t n;
		struct interval in[4];
		size_t nwant;
		struct interval want[3];
	} cases[] = {
	    {0, {{0}}, 0, {{0}}},
	    {2, {{5, 6}, {1, 2}}, 2, {{1, 2}, {5, 6}}},
	    {2, {{1, 5}, {5, 6}}, 1, {{1, 6}}},
	    {3, {{1, 9}, {2, 3}, {4, 5}}, 1, {{1, 9}}},
	    {4, {{7, 8}, {1, 3}, {2, 5}, {7, 9}}, 2, {{1, 5}, {7, 9}}},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct arena a = {0};
		interval_vec list = {0};

		for (size_t k = 0; k < cases[i].n; k++)
			*vec_push(&list, &a) = cases[i].in[k];
		intervals_join(&list);
		assert_int_equal(list.n, cases[i].nwant);
		for (size_t k = 0; k < list.n; k++) {
			assert_int_equal(list.v[k].first,
			    cases[i].want[k].first);
			assert_int_equal(list.v[k].end, cases[i].want[k].end);
		}
		arena_free(&a);
	}
}

static struct interval
random_interval(uint64_t *seed)
{
	uint32_t first = prop_below(seed, ENDS);

	return (
	    struct interval){first, first + 1 + prop_below(seed, ENDS - first)};
}

/* A joined list meets exactly what one of its intervals meets. */
static void
test_meet(void **state)
{
	uint64_t seed = prop_seed();

	for (int i = 0; i < LISTS; i++) {
		struct arena a = {0};
		interval_vec list = {0};
		struct interval x = random_interval(&seed);
		bool meets = false;

		for (uint32_t n = prop_below(&seed, 5); n > 0; n--) {
			struct interval y = random_interval(&seed);

			*vec_push(&list, &a) = y;
			meets |= x.first < y.end && y.first < x.end;
		}
		intervals_join(&list);
		assert_int_equal(intervals_meet(&list, x), meets);
		arena_free(&a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ports),
	    cmocka_unit_test(test_join),
	    cmocka_unit_test(test_meet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
