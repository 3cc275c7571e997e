/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "prop.h"

static void
test_put_and_get(void **state)
{
	struct arena a = {0};
	char key[] = "key";
	int one, two;
	struct map m;

	map_init(&m, &a);
	assert_null(map_get(&m, "", 0));
	assert_null(*map_put(&m, key, 3));
	assert_null(map_get(&m, "key", 3)); /* no value yet */
	assert_int_equal(m.n, 1);
	*map_put(&m, key, 3) = &one;
	key[0] = 'X';
	assert_ptr_equal(map_get(&m, "key", 3), &one);
	assert_null(map_get(&m, key, 3));
	assert_null(map_get(&m, "ke", 2));

	*map_put(&m, NULL, 0) = &two;
	*map_put(&m, "ke\0", 3) = &two;
	*map_put(&m, "key", 3) = &two;
	assert_ptr_equal(map_get(&m, "", 0), &two);
	assert_ptr_equal(map_get(&m, "key", 3), &two);
	assert_null(map_get(&m, "ke", 2));
	assert_int_equal(m.n, 3);
	arena_free(&a);
}

/* Random keys with repeats, against a table of what was put. */
static void
test_against_table(void **state)
{
	static int present[5000];
	static uint32_t order[5000];
	uint64_t rng = prop_seed();
	struct arena a = {0};
	uint32_t k, n = 0;
	struct map m;

	map_init(&m, &a);
	for (uint32_t round = 0; round < 20000; round++) {
		k = prop_below(&rng, 5000);
		if (!present[k]) {
			assert_null(map_get(&m, &k, sizeof(k)));
			order[n++] = k;
		}
		*map_put(&m, &k, sizeof(k)) = &present[k];
		present[k] = 1;
		k = prop_below(&rng, 5000);
		assert_ptr_equal(map_get(&m, &k, sizeof(k)),
		    present[k] ? &present[k] : NULL);
		assert_int_equal(m.n, n);
		assert_true((uint64_t)m.n * 4 < ((uint64_t)m.mask + 1) * 3);
	}
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(m.entry[i].len, sizeof(k));
		assert_memory_equal(m.entry[i].key, &order[i], sizeof(k));
		assert_ptr_equal(m.entry[i].value, &present[order[i]]);
	}
	arena_free(&a);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_put_and_get),
	    cmocka_unit_test(test_against_table),
	};

	return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
