/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "bundle/image.h"

#include "base/hash.h"
#include "cilium/version.h"

#define TCP 6

static const struct policy_record records[] = {
    {DIR_INGRESS, 256, .deny = true, .precedence = 0xffffffff},
    {DIR_INGRESS, 258, TCP, 16, 80, .precedence = 0xffffff01},
    {DIR_EGRESS, 16777217, TCP, 15, 8008, .precedence = 0xffffff01},
};

#define NRECORDS (sizeof(records) / sizeof(*records))

/* The whole file, as cnpc-image(5) describes it. */
/* clang-format off */
static const uint8_t file[] = {
    'C', 'N', 'P', 'C', 'I', 'M', 'G', 0, /* magic */
    1, 0, 0, 0,                           /* format */
    120, 0, 0, 0,                         /* layout */
    11, 0, 0, 0,                          /* BPF_MAP_TYPE_LPM_TRIE */
    12, 0, 0, 0,                          /* key size */
    12, 0, 0, 0,                          /* value size */
    0x81, 0, 0, 0, /* BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG */
    0x00, 0x40, 0, 0, /* max entries: 16384 */
    3, 0, 0, 0,       /* entries */
    /* hash */
    0xe5, 0xc2, 0x40, 0x52, 0xe2, 0x1e, 0xf5, 0xa3,
    0x35, 0xf3, 0xaf, 0x33, 0x6e, 0xd4, 0xcf, 0x32,
    0, 0, 0, 0, 0, 0, 0, 0, /* reserved */
    /* keys */
    0x28, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0,
    0x40, 0, 0, 0, 2, 1, 0, 0, 0, 6, 0, 0x50,
    0x3f, 0, 0, 0, 1, 0, 0, 1, 1, 6, 0x1f, 0x48,
    /* values */
    0, 0, 1, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0,
    0, 0, 0xc0, 0, 1, 0xff, 0xff, 0xff, 0, 0, 0, 0,
    0, 0, 0xb8, 0, 1, 0xff, 0xff, 0xff, 0, 0, 0, 0,
};
/* clang-format on */

struct fixture {
	struct arena a;
	struct image img;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	image_put_policy(&f->img, &f->a, CILIUM_1_20, records, NRECORDS,
	    POLICY_MAP_ENTRIES);
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
test_bytes(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(f->img.bytes.n, sizeof(file));
	assert_memory_equal(f->img.bytes.s, file, sizeof(file));
}

static void
test_read(void **state)
{
	struct fixture *f = *state;
	const char *problem = NULL;
	struct image img;

	assert_true(image_read(&img, f->img.bytes, IMAGE_POLICY, &problem));
	assert_null(problem);
	assert_int_equal(img.nentries, NRECORDS);
	assert_int_equal(img.max_entries, POLICY_MAP_ENTRIES);
	assert_string_equal(img.hash, f->img.hash);
	for (uint32_t i = 0; i < NRECORDS; i++) {
		struct policy_record r = image_policy(&img, i);

		assert_int_equal(policy_record_compare(&r, &records[i]), 0);
	}
	/* All keys come first, then all values, for the kernel. */
	assert_ptr_equal(image_key(&img, 1), img.keys + POLICY_KEY_SIZE);
	assert_ptr_equal(image_value(&img, 0),
	    img.keys + NRECORDS * POLICY_KEY_SIZE);
}

/*
 * Any other byte anywhere is noticed, except in the size of the map, which may
 * be every number from that of the entries up to the largest map there is.
 */
static void
test_every_byte_counts(void **state)
{
	struct fixture *f = *state;
	uint8_t copy[sizeof(file)];
	const char *problem;
	struct image img;

	for (size_t i = 0; i < sizeof(file); i++) {
		for (int bit = 0; bit < 8; bit++) {
			struct str bytes = {(char *)copy, sizeof(copy)};
			bool size = i >= 32 && i < 36;

			memcpy(copy, file, sizeof(copy));
			copy[i] ^= (uint8_t)(1 << bit);
			problem = NULL;
			if (image_read(&img, bytes, IMAGE_POLICY, &problem)) {
				assert_true(size);
				assert_in_range(img.max_entries, NRECORDS,
				    POLICY_MAP_ENTRIES_MAX);
			} else {
				assert_non_null(problem);
			}
		}
	}
	assert_false(image_read(&img, f->img.bytes, IMAGE_IPCACHE, &problem));
}

static void
test_every_length_counts(void **state)
{
	char copy[sizeof(file) + 1] = {0};
	const char *problem;
	struct image img;

	memcpy(copy, file, sizeof(file));
	for (size_t n = 0; n <= sizeof(copy); n++) {
		struct str bytes = {copy, n};

		assert_int_equal(image_read(&img, bytes, IMAGE_POLICY,
				     &problem),
		    n == sizeof(file));
	}
}

/* Puts the right hash over entries that were changed. */
static void
rehash(char *bytes, size_t n)
{
	struct str entries = {bytes + IMAGE_HEADER_SIZE, n - IMAGE_HEADER_SIZE};
	char hash[HASH_STRLEN];

	hash_text(entries, hash);
	for (size_t i = 0; i < 16; i++) {
		char digits[3] = {hash[2 * i], hash[2 * i + 1]};

		bytes[40 + i] = (char)strtoul(digits, NULL, 16);
	}
}

static void
test_problems(void **state)
{
	static const struct {
		unsigned at;
		uint8_t byte;
		bool rehash;
		const char *problem;
	} cases[] = {
	    {0, 'X', false, "it does not begin like one"},
	    {8, 2, false, "its format version is not known"},
	    {12, 116, false, "its entries have another layout version"},
	    {12, 121, false, "its entries have another layout version"},
	    {12, 118, false, "it has other map flags"},
	    {16, 1, false, "it is for another map type"},
	    {20, 24, false, "it is for another kind of map"},
	    {28, 1, false, "it has other map flags"},
	    {33, 0, false, "it has more entries than its map"},
	    {34, 3, false, "its map is larger than any policy map"},
	    {36, 2, false, "its size is not that of its entries"},
	    {39, 0xff, false, "it has more entries than its map"},
	    {40, 0, false, "its entries are not those that were written"},
	    {60, 1, false, "a reserved field is not 0"},
	    {64, 0x29, true, "a key has an impossible prefix length"},
	    /* The first key becomes larger than the second, then equal. */
	    {64 + 8, 1, true, "its entries are not in order"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char copy[sizeof(file)];
		struct str bytes = {copy, sizeof(copy)};
		const char *problem = NULL;
		struct image img;

		memcpy(copy, file, sizeof(copy));
		copy[cases[i].at] = (char)cases[i].byte;
		if (cases[i].rehash)
			rehash(copy, sizeof(copy));
		assert_false(image_read(&img, bytes, IMAGE_POLICY, &problem));
		assert_string_equal(problem, cases[i].problem);
	}
}

static void
test_duplicate(void **state)
{
	char copy[sizeof(file)];
	struct str bytes = {copy, sizeof(copy)};
	const char *problem = NULL;
	struct image img;

	memcpy(copy, file, sizeof(copy));
	memcpy(copy + IMAGE_HEADER_SIZE + POLICY_KEY_SIZE,
	    copy + IMAGE_HEADER_SIZE, POLICY_KEY_SIZE);
	memcpy(copy + IMAGE_HEADER_SIZE + 4 * POLICY_KEY_SIZE,
	    copy + IMAGE_HEADER_SIZE + 3 * POLICY_KEY_SIZE, 12);
	rehash(copy, sizeof(copy));
	assert_false(image_read(&img, bytes, IMAGE_POLICY, &problem));
	assert_string_equal(problem, "its entries are not in order");
}

static void
test_ipcache(void **state)
{
	static const struct ipcache_record prefixes[] = {
	    {{IP_V4, 8, {10}}, 16777217},
	    {{IP_V4, 16, {10}}, 16777218},
	    {{IP_V4, 32, {10, 0, 0, 1}}, 256},
	    {{IP_V6, 0, {0}}, 10},
	    {{IP_V6, 128, {0xfd, [15] = 1}}, 256},
	};
	uint32_t n = sizeof(prefixes) / sizeof(*prefixes);
	struct fixture *f = *state;
	const char *problem = NULL;
	struct image img;

	image_put_ipcache(&img, &f->a, CILIUM_1_20, prefixes, n,
	    IPCACHE_MAP_ENTRIES);
	assert_int_equal(img.bytes.n, IMAGE_HEADER_SIZE + n * 48);
	assert_true(image_read(&img, img.bytes, IMAGE_IPCACHE, &problem));
	assert_int_equal(img.max_entries, 512000);
	for (uint32_t i = 0; i < n; i++) {
		struct ipcache_record r = image_ipcache(&img, i);

		assert_int_equal(cidr_compare(&r.prefix, &prefixes[i].prefix),
		    0);
		assert_int_equal(r.id, prefixes[i].id);
	}
	assert_false(image_read(&img, img.bytes, IMAGE_POLICY, &problem));
	assert_string_equal(problem, "it is for another kind of map");
}

static void
test_empty(void **state)
{
	struct fixture *f = *state;
	const char *problem = NULL;
	struct image img;

	image_put_policy(&img, &f->a, CILIUM_1_20, NULL, 0, POLICY_MAP_ENTRIES);
	assert_int_equal(img.bytes.n, IMAGE_HEADER_SIZE);
	assert_true(image_read(&img, img.bytes, IMAGE_POLICY, &problem));
	assert_int_equal(img.nentries, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bytes),
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_every_byte_counts),
	    cmocka_unit_test(test_every_length_counts),
	    cmocka_unit_test(test_problems),
	    cmocka_unit_test(test_duplicate),
	    cmocka_unit_test(test_ipcache),
	    cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
