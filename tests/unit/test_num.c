/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "prop.h"

typedef bool (*reader)(struct str s, uint64_t max, uint64_t *ret_value);

/* Reads a copy with nothing after it, so that ASan sees a byte too far. */
static bool
read_exact(reader f, struct str s, uint64_t max, uint64_t *ret_value)
{
	char *copy = malloc(s.n);
	bool ok;

	memcpy(copy, s.s, s.n);
	ok = f((struct str){copy, s.n}, max, ret_value);
	free(copy);
	return ok;
}

static void
accept(reader f, struct str s, uint64_t max, uint64_t want)
{
	uint64_t v = ~want;

	if (!read_exact(f, s, max, &v) || v != want)
		fail_msg("\"%s\" gave %" PRIu64, s.s, v);
}

static void
refuse(reader f, struct str s, uint64_t max)
{
	uint64_t v = 77;

	if (read_exact(f, s, max, &v) || v != 77)
		fail_msg("\"%s\" gave %" PRIu64, s.s, v);
}

static void
test_decimal(void **state)
{
	static const struct str bad[] = {STR(""), STR(" 1"), STR("1 "),
	    STR("+1"), STR("-1"), STR("1_0"), STR("0x1"), STR("1a"), STR("1.0"),
	    STR("1\0"), STR("\xd9\xa1")};

	accept(num_u64, STR("0"), 0, 0);
	accept(num_u64, STR("65535"), 65535, 65535);
	accept(num_u64, STR("007"), 7, 7);
	accept(num_u64, STR("18446744073709551615"), UINT64_MAX, UINT64_MAX);
	refuse(num_u64, STR("18446744073709551616"), UINT64_MAX);
	refuse(num_u64, STR("99999999999999999999"), UINT64_MAX);
	refuse(num_u64, STR("65536"), 65535);
	refuse(num_u64, STR("1"), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		refuse(num_u64, bad[i], UINT64_MAX);
}

static void
test_go_uint(void **state)
{
	static const struct {
		struct str text;
		uint64_t value;
	} good[] = {
	    {STR("0"), 0},
	    {STR("00"), 0},
	    {STR("80"), 80},
	    {STR("010"), 8},
	    {STR("0010"), 8},
	    {STR("0o17"), 15},
	    {STR("0O17"), 15},
	    {STR("0b1"), 1},
	    {STR("0B101"), 5},
	    {STR("0x1F"), 31},
	    {STR("0XaBc"), 0xabc},
	    {STR("1_000"), 1000},
	    {STR("1_0_0"), 100},
	    {STR("0_1"), 1},
	    {STR("0_17"), 15},
	    {STR("0x_1f"), 31},
	    {STR("0b_1"), 1},
	    {STR("0o_7"), 7},
	    {STR("18446744073709551615"), UINT64_MAX},
	    {STR("0xffffffffffffffff"), UINT64_MAX},
	    {STR("01777777777777777777777"), UINT64_MAX},
	};
	static const struct str bad[] = {
	    STR(""),
	    STR("_"),
	    STR("_1"),
	    STR("1_"),
	    STR("1__0"),
	    STR("0_"),
	    STR("0__1"),
	    STR("08"),
	    STR("0_8"),
	    STR("0b"),
	    STR("0o"),
	    STR("0x"),
	    STR("0x_"),
	    STR("0_x1"),
	    STR("0b2"),
	    STR("0o8"),
	    STR("0xg"),
	    STR("x1"),
	    STR("1f"),
	    STR("+1"),
	    STR("-1"),
	    STR(" 1"),
	    STR("1 "),
	    STR("1\0"),
	    STR("http"),
	    STR("18446744073709551616"),
	    STR("0x10000000000000000"),
	    STR("02000000000000000000000"),
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		accept(num_go_uint, good[i].text, good[i].value, good[i].value);
		if (good[i].value > 0)
			refuse(num_go_uint, good[i].text, good[i].value - 1);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		refuse(num_go_uint, bad[i], UINT64_MAX);
}

static void
test_round_trip(void **state)
{
	uint64_t rng = prop_seed(), v;
	char text[40];

	for (int round = 0; round < 10000; round++) {
		v = prop_next(&rng) >> prop_below(&rng, 64);
		snprintf(text, sizeof(text), "%" PRIu64, v);
		accept(num_u64, str_of(text), v, v);
		accept(num_go_uint, str_of(text), v, v);
		snprintf(text, sizeof(text), "0x%" PRIx64, v);
		accept(num_go_uint, str_of(text), v, v);
		snprintf(text, sizeof(text), "0%" PRIo64, v);
		accept(num_go_uint, str_of(text), v, v);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_decimal),
	    cmocka_unit_test(test_go_uint),
	    cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests_name("num", tests, NULL, NULL);
}
