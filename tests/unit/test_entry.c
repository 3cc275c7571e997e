/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "report/entry.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
test_ranges(void **state)
{
	static const struct {
		struct {
			uint16_t port;
			uint8_t bits;
		} prefix[16];
		size_t n;
		const char *text;
	} cases[] = {
	    {{{0, 0}}, 1, "any"},
	    {{{80, 16}}, 1, "80"},
	    {{{80, 12}}, 1, "80-95"},
	    {{{0, 16}}, 1, "0"},
	    {{{0, 6}}, 1, "0-1023"},
	    {{{65535, 16}}, 1, "65535"},
	    {{{80, 16}, {443, 16}}, 2, "80,443"},
	    {{{8000, 13}, {8008, 15}, {8010, 16}}, 3, "8000-8010"},
	    {{{1024, 6}, {2048, 5}, {4096, 4}, {8192, 3}, {16384, 2},
		 {32768, 1}},
		6, "1024-65535"},
	    {{{0, 1}, {32768, 1}}, 2, "any"},
	    /* one within the other, and the same twice */
	    {{{80, 12}, {80, 16}, {96, 16}}, 3, "80-96"},
	    {{{80, 16}, {80, 16}, {82, 16}}, 3, "80,82"},
	    {{{0, 0}, {65535, 16}}, 2, "any"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena a = {0};
		struct port_ranges r = {0};
		struct buf b;

		buf_init(&b, &a);
		for (size_t k = 0; k < cases[i].n; k++)
			ports_add(&r, &a, cases[i].prefix[k].port,
			    cases[i].prefix[k].bits);
		ports_put(&b, r.v.v, r.v.n);
		assert_string_equal(buf_as_str(&b).s, cases[i].text);
		arena_free(&a);
	}
}

/* The cover of a range, made as the map has it, prints as the range. */
static void
test_cover(void **state)
{
	static const uint32_t ends[] = {1, 2, 79, 80, 1000, 1024, 2000, 30000,
	    32767, 65534, 65535};

	for (size_t i = 0; i < COUNT(ends); i++) {
		for (size_t k = i + 1; k < COUNT(ends); k++) {
			struct arena a = {0};
			struct port_ranges r = {0};
			uint32_t p = ends[i];

			while (p <= ends[k]) {
				uint8_t bits = 16;

				while (bits > 1 &&
				    (p & ((2U << (16 - bits)) - 1)) == 0 &&
				    p + (2U << (16 - bits)) - 1 <= ends[k])
					bits--;
				ports_add(&r, &a, (uint16_t)p, bits);
				p += 1U << (16 - bits);
			}
			assert_int_equal(r.v.n, 1);
			assert_int_equal(r.v.v[0].first, ends[i]);
			assert_int_equal(r.v.v[0].last, ends[k]);
			arena_free(&a);
		}
	}
}

static void
test_words(void **state)
{
	struct arena a = {0};
	struct pmap_redirect redirects[] = {{STR(""), 0},
	    {STR("http"), DIR_EGRESS}};
	struct pmaps m = {.redirects = {.v = redirects, .n = 2}};
	static const struct {
		struct pmap_value v;
		const char *text;
	} cases[] = {
	    {{.precedence = 0xffffff01}, "allow"},
	    {{.deny = true}, "deny"},
	    {{.redirect = 1}, "redirect http"},
	    {{.auth = 0x80}, "allow, auth disabled"},
	    {{.auth = 0x81}, "allow, auth spire"},
	    {{.auth = 0x01}, "allow, auth spire(derived)"},
	    {{.auth = 0x82, .redirect = 1},
		"redirect http, auth test-always-fail"},
	    {{.auth = 0x02}, "allow, auth test-always-fail(derived)"},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(entry_verdict(&a, &m, &cases[i].v),
		    cases[i].text);
	assert_int_equal(entry_level(0xffffff01), 0);
	assert_int_equal(entry_level(0xffffffff), 0);
	assert_int_equal(entry_level(0xfffff501), 10);
	assert_string_equal(entry_proto(&a, 0), "any");
	assert_string_equal(entry_proto(&a, 6), "TCP");
	assert_string_equal(entry_proto(&a, 58), "ICMPv6");
	assert_string_equal(entry_proto(&a, 112), "VRRP");
	assert_string_equal(entry_proto(&a, 200), "protocol 200");
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ranges),
	    cmocka_unit_test(test_cover),
	    cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
