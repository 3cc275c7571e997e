/* SPDX-License-Identifier: Apache-2.0 */

/* Factored images give the entries that they were made from, or nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "bundle/factored.h"
#include "bundle/pack.h"

#include "base/hash.h"
#include "cilium/version.h"

#define HASH_AT 40
#define CILIUM CILIUM_1_20

static const uint32_t few[] = {256, 300};
static const uint32_t many[] = {257, 258, 16777217};

/* The three files of a bundle's policies that are read. */
enum file { PEERS, IMAGE, PACK, NFILES };

struct fixture {
	struct arena a;
	struct peer_sets sets;
	struct factored img;
	struct str file[NFILES];
};

/* Whether BYTES are read as such a file. */
static bool
is_read(struct fixture *f, enum file file, struct str bytes,
    const char **ret_problem)
{
	struct peer_sets sets;
	struct image img;
	struct pack pack;

	switch (file) {
	case PEERS:
		return peer_sets_read(&sets, &f->a, bytes, ret_problem);
	case IMAGE:
		return factored_read(&img, &f->a, bytes, &f->sets, NULL,
		    ret_problem);
	case PACK:
		return pack_read(&pack, &f->a, bytes, ret_problem);
	case NFILES:
		break;
	}
	abort();
}

/* Ingress: anybody to 80, FEW by UDP, MANY denied there; egress: FEW. */
static void
make(struct factored *img, struct arena *a, const struct peer_set *x,
    const struct peer_set *y)
{
	struct policy_record rows[] = {
	    {.dir = DIR_INGRESS, .proto = 17, .precedence = 9},
	    {.dir = DIR_INGRESS, .proto = 6, .port = 80, .port_bits = 16},
	    {.dir = DIR_EGRESS, .proto = 0},
	    {.dir = DIR_INGRESS, .proto = 17, .deny = true},
	};
	const struct peer_set *sets[] = {x, NULL, x, y};

	factored_put(img, a, CILIUM, rows, sets, 4, POLICY_MAP_ENTRIES);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct factored other;

	peer_sets_init(&f->sets, &f->a);
	make(&f->img, &f->a, peer_sets_add(&f->sets, few, 2),
	    peer_sets_add(&f->sets, many, 3));
	factored_put(&other, &f->a, CILIUM, NULL, NULL, 0, POLICY_MAP_ENTRIES);
	peer_sets_sort(&f->sets);
	f->file[PEERS] = peer_sets_put(&f->sets, &f->a);
	f->file[IMAGE] = f->img.bytes;
	f->file[PACK] =
	    pack_put(&f->a, (const struct str[]){f->img.bytes, other.bytes}, 2);
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
	    {.dir = DIR_INGRESS, .proto = 6, .port = 80, .port_bits = 16},
	    {.dir = DIR_INGRESS, .proto = 17, .id = 256, .precedence = 9},
	    {.dir = DIR_INGRESS, .proto = 17, .id = 257, .deny = true},
	    {.dir = DIR_INGRESS, .proto = 17, .id = 258, .deny = true},
	    {.dir = DIR_INGRESS, .proto = 17, .id = 300, .precedence = 9},
	    {.dir = DIR_INGRESS, .proto = 17, .id = 16777217, .deny = true},
	    {.dir = DIR_EGRESS, .id = 256},
	    {.dir = DIR_EGRESS, .id = 300},
	};
	struct fixture *f = *state;
	struct peer_sets read;
	const char *problem;
	struct image img;

	assert_true(peer_sets_read(&read, &f->a, f->file[PEERS], &problem));
	assert_true(
	    factored_read(&img, &f->a, f->img.bytes, &read, NULL, &problem));
	assert_int_equal(img.max_entries, POLICY_MAP_ENTRIES);
	assert_int_equal(img.nentries, sizeof(expected) / sizeof(*expected));
	assert_int_equal(f->img.nentries, img.nentries);
	for (uint32_t i = 0; i < img.nentries; i++) {
		struct policy_record r = image_policy(&img, i);

		assert_int_equal(policy_record_compare(&r, &expected[i]), 0);
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

	for (enum file k = PEERS; k < NFILES; k++) {
		size_t size = f->file[k].n;
		char *copy = arena_dup(&f->a, f->file[k].s, size);
		struct str bytes = {copy, size};
		const char *problem = NULL;

		assert_true(is_read(f, k, bytes, &problem));
		for (size_t i = 0; i < size * 8; i++) {
			problem = NULL;
			copy[i / 8] ^= (char)(1 << i % 8);
			assert_false(is_read(f, k, bytes, &problem));
			assert_non_null(problem);
			copy[i / 8] ^= (char)(1 << i % 8);
		}
		for (bytes.n = 0; bytes.n < size; bytes.n++)
			assert_false(is_read(f, k, bytes, &problem));
	}
}

/* Puts the right hash over what was changed. */
static void
rehash(char *bytes, size_t n)
{
	struct str body = {bytes + IMAGE_HEADER_SIZE, n - IMAGE_HEADER_SIZE};
	char hash[HASH_STRLEN];

	hash_text(body, hash);
	for (size_t i = 0; i < 16; i++) {
		char digits[3] = {hash[2 * i], hash[2 * i + 1]};

		bytes[HASH_AT + i] = (char)strtoul(digits, NULL, 16);
	}
}

static void
test_problems(void **state)
{
	static const struct {
		enum file file;
		unsigned at;
		uint8_t byte;
		const char *problem;
	} cases[] = {
	    {PEERS, 12, 9, "its size is not that of its sets"},
	    {PEERS, 80, 0, "a set has an impossible size"},
	    {PEERS, 80, 1, "a set has another name than its members give"},
	    {PEERS, 84, 0, "its sets are not in order"},
	    {PEERS, 104, 0xff, "the members of a set are not in order"},
	    {IMAGE, 12, 0xff, "its size is not that of its sets"},
	    {IMAGE, 16, 9, "its rows have another number of entries"},
	    {IMAGE, 64, 0, "a set of peers is not there"},
	    {PACK, 12, 0xff, "its size is not that of its index"},
	    {PACK, 12, 0, "something follows its images"},
	    {PACK, 16, 1, "a reserved field is not 0"},
	    {PACK, 64, 0xff, "an image has another name"},
	    {PACK, 83, 0xff, "an image has an impossible size"},
	    {PACK, 84, 0, "its images are not in order"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct str bytes = f->file[cases[i].file];
		char *copy = arena_dup(&f->a, bytes.s, bytes.n);
		const char *problem = NULL;

		assert_true(cases[i].at < bytes.n);
		assert_int_not_equal((uint8_t)copy[cases[i].at], cases[i].byte);
		copy[cases[i].at] = (char)cases[i].byte;
		rehash(copy, bytes.n);
		bytes.s = copy;
		assert_false(is_read(f, cases[i].file, bytes, &problem));
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
	    factored_read(&img, &f->a, made.bytes, &f->sets, NULL, &problem));
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
	assert_true(peer_sets_read(&read, &f->a, peer_sets_put(&sets, &f->a),
	    &problem));
	assert_true(
	    factored_read(&img, &f->a, made.bytes, &read, NULL, &problem));
	assert_int_equal(img.nentries, 0);
}

/* An image is found by its name, whole, in whatever order they came. */
static void
test_pack(void **state)
{
	struct fixture *f = *state;
	const struct str *found;
	struct factored other;
	const char *problem;
	struct pack pack;
	struct str bytes;

	factored_put(&other, &f->a, CILIUM, NULL, NULL, 0, POLICY_MAP_ENTRIES);
	bytes =
	    pack_put(&f->a, (const struct str[]){other.bytes, f->img.bytes}, 2);
	assert_true(str_eq(bytes, f->file[PACK]));
	assert_true(pack_read(&pack, &f->a, bytes, &problem));
	found = pack_find(&pack, str_of(f->img.hash));
	assert_true(found && str_eq(*found, f->img.bytes));
	found = pack_find(&pack, str_of(other.hash));
	assert_true(found && str_eq(*found, other.bytes));
	assert_null(pack_find(&pack, STR("00000000000000000000000000000000")));
	bytes = pack_put(&f->a, NULL, 0);
	assert_true(pack_read(&pack, &f->a, bytes, &problem));
	assert_null(pack_find(&pack, str_of(f->img.hash)));
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
	    cmocka_unit_test(test_pack),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
