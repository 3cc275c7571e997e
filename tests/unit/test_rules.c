/* SPDX-License-Identifier: Apache-2.0 */

/* Lists of rules are read as they were written, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "bundle/header.h"
#include "bundle/rules.h"

#define NRULES 9

static const uint32_t few[] = {256, 300};
static const uint32_t many[] = {257, 258, 16777217};

/* Two endpoints with two lists: the second one has no egress policy. */
static const struct endpoint_rules endpoints[] = {{{1, 2}}, {{2, 0}}};

struct fixture {
	struct arena a;
	struct peer_sets sets;
	struct str file;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct row_share *v;
	struct rule_lists l;

	peer_sets_init(&f->sets, &f->a);
	v = ARENA_ARRAY(&f->a, struct row_share, 5);
	v[0] = (struct row_share){3, peer_sets_add(&f->sets, few, 2)};
	v[1] = (struct row_share){1, peer_sets_add(&f->sets, many, 3)};
	v[2] = (struct row_share){0, NULL};
	v[3] = (struct row_share){9, NULL};
	v[4] = (struct row_share){7, NULL};
	peer_sets_sort(&f->sets);
	rule_lists_init(&l, &f->a);
	assert_int_equal(rule_lists_add(&l, v, 4), 1);
	assert_int_equal(rule_lists_add(&l, v + 4, 1), 2);
	assert_int_equal(rule_lists_add(&l, v, 4), 1);
	f->file = rule_lists_put(&l, &f->a, endpoints, 2);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(&f->a);
	free(f);
	return 0;
}

static void
test_read(void **state)
{
	static const struct {
		uint32_t list, row, id, rule;
	} cases[] = {
	    {1, 0, 256, 3},
	    {1, 0, 300, 3},
	    {1, 0, 257, 1},
	    {1, 0, 16777217, 1},
	    {1, 0, 301, 0},
	    {1, 0, 0, 0},
	    {1, 1, 256, 9},
	    {1, 1, 0, 9},
	    {2, 0, 257, 7},
	};
	struct fixture *f = *state;
	const char *problem;
	struct rule_lists l;

	assert_true(
	    rule_lists_read(&l, &f->a, f->file, &f->sets, NRULES, &problem));
	assert_int_equal(l.v.n, 2);
	assert_int_equal(l.v.v[0].nrows, 2);
	assert_int_equal(l.v.v[1].nrows, 1);
	assert_int_equal(l.nendpoints, 2);
	assert_memory_equal(l.endpoints, endpoints, sizeof(endpoints));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(rule_list_find(&l.v.v[cases[i].list - 1],
				     cases[i].row, cases[i].id),
		    cases[i].rule);
}

static void
test_empty(void **state)
{
	struct fixture *f = *state;
	struct rule_lists l;
	const char *problem;
	struct str bytes;

	rule_lists_init(&l, &f->a);
	assert_int_equal(rule_lists_add(&l, NULL, 0), 1);
	bytes = rule_lists_put(&l, &f->a, NULL, 0);
	assert_true(rule_lists_read(&l, &f->a, bytes, &f->sets, 0, &problem));
	assert_int_equal(l.v.n, 1);
	assert_int_equal(l.v.v[0].nrows, 0);
}

static void
test_every_bit_counts(void **state)
{
	struct fixture *f = *state;
	char *copy = arena_dup(&f->a, f->file.s, f->file.n);
	struct str bytes = {copy, f->file.n};
	struct rule_lists l;

	for (size_t i = 0; i < f->file.n * 8; i++) {
		const char *problem = NULL;

		copy[i / 8] ^= (char)(1 << i % 8);
		assert_false(rule_lists_read(&l, &f->a, bytes, &f->sets, NRULES,
		    &problem));
		assert_non_null(problem);
		copy[i / 8] ^= (char)(1 << i % 8);
	}
	for (bytes.n = 0; bytes.n < f->file.n; bytes.n++) {
		const char *problem = NULL;

		assert_false(rule_lists_read(&l, &f->a, bytes, &f->sets, NRULES,
		    &problem));
		assert_non_null(problem);
	}
}

/* Another byte, and the right hash over it. */
static void
test_problems(void **state)
{
	static const struct {
		unsigned at;
		uint8_t byte;
		const char *problem;
	} cases[] = {
	    {15, 1, "its size is not that of its index"},
	    {16, 0xff, "its size is not that of its index"},
	    {64, 3, "an endpoint has a list that is not there"},
	    {80, 0xff, "a list has an impossible size"},
	    {80, 4, "a list ends within a row"},
	    {80, 5, "something follows its lists"},
	    {84, 0, "something follows its lists"},
	    {88, 10, "a row has a rule that is not there"},
	    {92, 0, "a share has a set that is not there"},
	    {92, 3, "a share has a set that is not there"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *copy = arena_dup(&f->a, f->file.s, f->file.n);
		struct str bytes = {copy, f->file.n};
		const char *problem = NULL;
		struct rule_lists l;

		assert_int_not_equal((uint8_t)copy[cases[i].at], cases[i].byte);
		copy[cases[i].at] = (char)cases[i].byte;
		hash_put((uint8_t *)copy + H_HASH, copy + HEADER_SIZE,
		    bytes.n - HEADER_SIZE);
		assert_false(rule_lists_read(&l, &f->a, bytes, &f->sets, NRULES,
		    &problem));
		assert_string_equal(problem, cases[i].problem);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_every_bit_counts),
	    cmocka_unit_test(test_problems),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
