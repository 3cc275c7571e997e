/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/bitset.h"
#include "prop.h"

static const uint32_t sizes[] = {0, 1, 2, 63, 64, 65, 127, 128, 129, 1000};
#define NSIZES (sizeof(sizes) / sizeof(*sizes))
#define MAX_BITS 1000

/* The same set twice: as a bitset and as one bool a number. */
struct twin {
	struct bitset *b;
	bool in[MAX_BITS];
};

static void
twin_random(struct twin *t, struct arena *a, uint32_t nbits, uint64_t *rng)
{
	uint32_t density = prop_below(rng, 9); /* 0: empty, 8: full */

	*t = (struct twin){.b = bitset_new(a, nbits)};
	for (uint32_t i = 0; i < nbits; i++) {
		t->in[i] = prop_below(rng, 8) < density;
		if (t->in[i])
			bitset_set(t->b, i);
	}
}

/* Takes numbers away from both ends and between, so that there is something to
 * pack. */
static void
clear_ends(struct twin *t, uint64_t *rng)
{
	uint32_t n = t->b->nbits, from = n > 0 ? prop_below(rng, n) : 0;
	uint32_t to = n > 0 ? prop_below(rng, n) : 0;
	uint32_t gap = prop_below(rng, 4);

	for (uint32_t i = 0; i < n; i++) {
		if (i < from || i > to || (i / 64 & gap) != 0) {
			bitset_clear(t->b, i);
			t->in[i] = false;
		}
	}
}

/* The set holds what its twin holds, by each way of asking. */
static void
twin_check_set(const struct twin *t, const struct bitset *b)
{
	uint32_t i, count = 0, next = b->nbits;

	for (i = b->nbits; i-- > 0;) {
		assert_int_equal(bitset_test(b, i), t->in[i]);
		if (t->in[i]) {
			count++;
			next = i;
		}
		assert_int_equal(bitset_next(b, i), next);
	}
	assert_int_equal(bitset_count(b), count);
	assert_int_equal(bitset_empty(b), count == 0);
	assert_int_equal(bitset_next(b, b->nbits), b->nbits);
	assert_int_equal(bitset_next(b, UINT32_MAX), b->nbits);
	i = 0;
	BITSET_FOREACH (k, b) {
		for (; i < k; i++)
			assert_false(t->in[i]);
		assert_true(t->in[i++]);
		count--;
	}
	assert_int_equal(count, 0);
}

static void
twin_check(const struct twin *t)
{
	const struct bitset *b = t->b;

	assert_int_equal(b->nwords, (b->nbits + 63) / 64);
	twin_check_set(t, b);
	if (b->nbits % 64)
		assert_int_equal(b->w[b->nwords - 1] >> b->nbits % 64, 0);
}

/* The same set, made of its members from the last to the first. */
static const struct bitset *
set_of_members(struct arena *a, const struct twin *t)
{
	uint32_t n = t->b->nbits, k = 0;
	uint32_t *v = ARENA_ARRAY(a, uint32_t, n);

	for (uint32_t i = n; i-- > 0;) {
		if (t->in[i])
			v[k++] = i;
	}
	return bitset_of(a, n, v, k);
}

static void
test_against_bools(void **state)
{
	uint64_t rng = prop_seed();
	struct arena a = {0};
	struct twin x, y, z;

	for (uint32_t round = 0; round < 400; round++) {
		uint32_t n = sizes[round % NSIZES];
		bool meet = false, subset = true, equal = true;
		const struct bitset *src;

		twin_random(&x, &a, n, &rng);
		twin_random(&y, &a, n, &rng);
		twin_check(&x);
		/* What is packed does as well wherever it is not changed. */
		src = y.b;
		if (prop_below(&rng, 2)) {
			clear_ends(&y, &rng);
			src = prop_below(&rng, 2) ? bitset_pack(&a, y.b)
						  : set_of_members(&a, &y);
			twin_check_set(&y, src);
			assert_true(str_eq(bitset_bytes(src),
			    bitset_bytes(bitset_pack(&a, src))));
			assert_true(str_eq(bitset_bytes(src),
			    bitset_bytes(set_of_members(&a, &y))));
		}
		for (uint32_t i = 0; i < n; i++) {
			meet |= x.in[i] && y.in[i];
			subset &= !x.in[i] || y.in[i];
			equal &= x.in[i] == y.in[i];
		}
		assert_int_equal(bitset_intersects(x.b, src), meet);
		assert_int_equal(bitset_subset(x.b, src), subset);
		assert_int_equal(bitset_eq(x.b, src), equal);
		assert_int_equal(bitset_eq(src, x.b), equal);
		assert_true(bitset_subset(src, y.b) && bitset_eq(src, y.b));

		for (unsigned op = 0; op < 3; op++) {
			z = x;
			z.b = bitset_dup(&a, x.b);
			for (uint32_t i = 0; i < n; i++)
				z.in[i] = op == 0 ? x.in[i] || y.in[i]
				    : op == 1     ? x.in[i] && y.in[i]
						  : x.in[i] && !y.in[i];
			if (op == 0)
				bitset_or(z.b, src);
			else if (op == 1)
				bitset_and(z.b, src);
			else
				bitset_andnot(z.b, src);
			twin_check(&z);
		}
		twin_check(&x); /* the copies were copies */
		z.b = bitset_dup(&a, src);
		memcpy(z.in, y.in, sizeof(z.in));
		twin_check(&z);
		bitset_copy(x.b, src);
		assert_true(bitset_eq(x.b, y.b));
		arena_reset(&a);
	}
	arena_free(&a);
}

static void
test_whole_sets(void **state)
{
	struct arena a = {0};

	for (size_t i = 0; i < NSIZES; i++) {
		struct twin t = {.b = bitset_new(&a, sizes[i])};
		struct bitset *copy = bitset_new(&a, sizes[i]);

		twin_check(&t);
		bitset_fill(t.b);
		memset(t.in, true, sizes[i]);
		twin_check(&t);
		bitset_copy(copy, t.b);
		assert_true(bitset_eq(copy, t.b));
		if (sizes[i] > 0) {
			bitset_clear(t.b, sizes[i] - 1);
			t.in[sizes[i] - 1] = false;
			twin_check(&t);
			assert_false(bitset_eq(copy, t.b));
		}
		bitset_zero(t.b);
		memset(t.in, false, sizeof(t.in));
		twin_check(&t);
	}
	arena_free(&a);
}

static void
test_same_operand(void **state)
{
	struct arena a = {0};
	struct bitset *b = bitset_new(&a, 200);

	bitset_set(b, 0);
	bitset_set(b, 199);
	bitset_or(b, b);
	bitset_and(b, b);
	bitset_copy(b, b);
	assert_int_equal(bitset_count(b), 2);
	assert_true(bitset_subset(b, b));
	bitset_andnot(b, b);
	assert_true(bitset_empty(b));
	arena_free(&a);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_against_bools),
	    cmocka_unit_test(test_whole_sets),
	    cmocka_unit_test(test_same_operand),
	};

	return cmocka_run_group_tests_name("bitset", tests, NULL, NULL);
}
