/* SPDX-License-Identifier: Apache-2.0 */

/* Factored images give the entries that they were made from, or nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "emit/factored.h"

#define HASH_AT 40
#define CILIUM 120

static const uint32_t few[] = {256, 300};
static const uint32_t many[] = {257, 258, 16777217};

struct fixture {
	struct arena a;
	struct peer_sets sets;
	struct factored img;
	struct str peers;
};

/* Ingress: anybody to 80, FEW by UDP, MANY denied there; egress: FEW. */
static void
make(struct factored *img, struct arena *a, const struct peer_set *x,
    const struct peer_set *y)
{
	struct policy_record rows[] = {
	    {.dir = PMAP_INGRESS, .proto = 17, .precedence = 9},
	    {.dir = PMAP_INGRESS, .proto = 6, .port = 80, .port_bits = 16},
	    {.dir = PMAP_EGRESS, .proto = 0},
	    {.dir = PMAP_INGRESS, .proto = 17, .deny = true},
	};
	const struct peer_set *sets[] = {x, NULL, x, y};

	factored_put(img, a, CILIUM, rows, sets, 4, POLICY_MAP_ENTRIES);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	peer_sets_init(&f->sets, &f->a);
	make(&f->img, &f->a, peer_sets_add(&f->sets, few, 2),
	    peer_sets_add(&f->sets, many, 3));
	f->peers = peer_sets_put(&f->sets);
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
test_entries(void **state)
{
	static const struct policy_record expected[] = {
	    {.dir = PMAP_INGRESS, .proto = 6, .port = 80, .port_bits = 16},
	    {.dir = PMAP_INGRESS, .proto = 17, .id = 256, .precedence = 9},
	    {.dir = PMAP_INGRESS, .proto = 17, .id = 257, .deny = true},
	    {.dir = PMAP_INGRESS, .proto = 17, .id = 258, .deny = true},
	    {.dir = PMAP_INGRESS, .proto = 17, .id = 300, .precedence = 9},
	    {.dir = PMAP_INGRESS, .proto = 17, .id = 16777217, .deny = true},
	    {.dir = PMAP_EGRESS, .id = 256},
	    {.dir = PMAP_EGRESS, .id = 300},
	};
	struct fixture *f = *state;
	struct peer_sets read;
	const char *problem;
	struct image img;

	assert_true(peer_sets_read(&read, &f->a, f->peers, &problem));
	assert_true(factored_read(&img, &f->a, f->img.bytes, &read, &problem));
	assert_int_equal(img.max_entries, POLICY_MAP_ENTRIES);
	assert_int_equal(img.nentries, sizeof(expected) / sizeof(*expected));
	assert_int_equal(f->img.nentries, img.nentries);
	for (uint32_t i = 0; i < img.nentries; i++) {
		struct policy_record r = image_policy(&img, i);

		assert_int_equal(policy_record_cmp(&r, &expected[i]), 0);
		assert_int_equal(r.deny, expected[i].deny);
		assert_int_equal(r.precedence, expected[i].precedence);
	}
}

/* A set has one name, an image the same one beside other sets. */
static void
test_names(void **state)
{
	static const uint32_t other[] = {1};
	struct fixture *f = *state;
	const struct peer_set *x, *y;
	struct peer_sets sets;
	struct factored img;

	peer_sets_init(&sets, &f->a);
	peer_sets_add(&sets, other, 1);
	y = peer_sets_add(&sets, many, 3);
	x = peer_sets_add(&sets, few, 2);
	assert_ptr_equal(x, peer_sets_add(&sets, few, 2));
	assert_int_equal(sets.v.n, 3);
	make(&img, &f->a, x, y);
	assert_true(str_eq(img.bytes, f->img.bytes));
	assert_string_equal(img.hash, f->img.hash);
	make(&img, &f->a, y, x);
	assert_string_not_equal(img.hash, f->img.hash);
}

/* Any other bit is noticed, but for sizes of the map that are possible. */
static void
test_every_bit_counts(void **state)
{
	struct fixture *f = *state;
	const struct str files[] = {f->peers, f->img.bytes};

	for (size_t k = 0; k < 2; k++) {
		char *copy = arena_dup(&f->a, files[k].s, files[k].n);
		struct str bytes = {copy, files[k].n};

		for (size_t i = 0; i < bytes.n * 8; i++) {
			const char *problem = NULL;
			struct peer_sets sets;
			struct image img;

			copy[i / 8] ^= (char)(1 << i % 8);
			assert_false(k == 0
				? peer_sets_read(&sets, &f->a, bytes, &problem)
				: factored_read(&img, &f->a, bytes, &f->sets,
				      &problem));
			assert_non_null(problem);
			copy[i / 8] ^= (char)(1 << i % 8);
		}
		for (size_t n = 0; n < files[k].n; n++) {
			struct peer_sets sets;
			const char *problem;
			struct image img;

			bytes.n = n;
			assert_false(k == 0
				? peer_sets_read(&sets, &f->a, bytes, &problem)
				: factored_read(&img, &f->a, bytes, &f->sets,
				      &problem));
		}
	}
}

/* Puts the right hash over what was changed. */
static void
rehash(char *bytes, size_t n)
{
	struct str body = {bytes + IMAGE_HEADER_SIZE, n - IMAGE_HEADER_SIZE};
	char hash[HASH_STRLEN];

	content_hash(body, hash);
	for (size_t i = 0; i < 16; i++) {
		char digits[3] = {hash[2 * i], hash[2 * i + 1]};

		bytes[HASH_AT + i] = (char)strtoul(digits, NULL, 16);
	}
}

static void
test_problems(void **state)
{
	static const struct {
		bool peers; /* the file of sets, else the image */
		unsigned at;
		uint8_t byte;
		const char *problem;
	} cases[] = {
	    {true, 12, 9, "its size is not that of its sets"},
	    {true, 80, 0, "a set has an impossible size"},
	    {true, 80, 1, "a set has another name than its members give"},
	    {true, 84, 0, "its sets are not in order"},
	    {true, 104, 0xff, "the members of a set are not in order"},
	    {false, 12, 0xff, "its size is not that of its sets"},
	    {false, 16, 9, "its rows have another number of entries"},
	    {false, 64, 0, "a set of peers is not there"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct str bytes = cases[i].peers ? f->peers : f->img.bytes;
		char *copy = arena_dup(&f->a, bytes.s, bytes.n);
		const char *problem = NULL;
		struct peer_sets sets;
		struct image img;

		assert_true(cases[i].at < bytes.n);
		assert_int_not_equal((uint8_t)copy[cases[i].at], cases[i].byte);
		copy[cases[i].at] = (char)cases[i].byte;
		rehash(copy, bytes.n);
		bytes.s = copy;
		assert_false(cases[i].peers
			? peer_sets_read(&sets, &f->a, bytes, &problem)
			: factored_read(&img, &f->a, bytes, &f->sets,
			      &problem));
		assert_string_equal(problem, cases[i].problem);
	}
}

/* Sets of one key that share a member would make two entries of it. */
static void
test_same_key(void **state)
{
	static const uint32_t also[] = {300, 301};
	struct fixture *f = *state;
	const char *problem = NULL;
	struct factored made;
	struct image img;
	const struct peer_set *sets[] = {peer_sets_add(&f->sets, few, 2),
	    peer_sets_add(&f->sets, also, 2)};
	struct policy_record rows[] = {{.proto = 6},
	    {.proto = 6, .deny = true}};

	factored_put(&made, &f->a, CILIUM, rows, sets, 2, POLICY_MAP_ENTRIES);
	assert_false(
	    factored_read(&img, &f->a, made.bytes, &f->sets, &problem));
	assert_string_equal(problem, "two entries have the same key");
}

static void
test_empty(void **state)
{
	struct fixture *f = *state;
	struct peer_sets sets, read;
	const char *problem;
	struct factored made;
	struct image img;

	peer_sets_init(&sets, &f->a);
	factored_put(&made, &f->a, CILIUM, NULL, NULL, 0, POLICY_MAP_ENTRIES);
	assert_true(
	    peer_sets_read(&read, &f->a, peer_sets_put(&sets), &problem));
	assert_true(factored_read(&img, &f->a, made.bytes, &read, &problem));
	assert_int_equal(img.nentries, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_entries),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_every_bit_counts),
	    cmocka_unit_test(test_problems),
	    cmocka_unit_test(test_same_key),
	    cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
