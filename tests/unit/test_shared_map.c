/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>

#include "base/shared_map.h"
#include "base/work.h"

enum {
	KEYS = 1000,
	ITEMS = 64,
};

struct shared {
	struct shared_map map;
	size_t value[ITEMS][KEYS];
	bool wrong[ITEMS];
};

/* Each item adds all keys; what comes back is what others get as well. */
static void
add_all(void *arg, struct worker *self, size_t i)
{
	struct shared *s = arg;

	for (size_t k = 0; k < KEYS; k++) {
		const struct str key = {(const char *)&k, sizeof(k)};
		size_t *value;

		s->value[i][k] = k;
		value = shared_map_put(&s->map, key, &s->value[i][k]);
		if (*value != k || shared_map_get(&s->map, key) != value)
			s->wrong[i] = true;
	}
}

static void
test_threads(void **state)
{
	struct arena a = {0};
	struct shared *s = ARENA_NEW(&a, struct shared);
	struct pool pool;
	uint32_t n = 0;

	shared_map_init(&s->map);
	assert_null(shared_map_get(&s->map, STR("none")));
	pool_init(&pool, 4);
	pool_run(&pool, ITEMS, add_all, s);
	for (size_t i = 0; i < SHARED_MAP_PARTS; i++)
		n += s->map.part[i].map.n;
	assert_int_equal(n, KEYS);
	for (size_t i = 0; i < ITEMS; i++)
		assert_false(s->wrong[i]);
	pool_free(&pool);
	shared_map_free(&s->map);
	arena_free(&a);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
