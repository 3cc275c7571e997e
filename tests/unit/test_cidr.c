/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cidr.h"
#include "prop.h"

/* Copies without anything after, so that ASan sees a byte too far. */
static bool
parse_exact(struct str s, struct cidr *ret_cidr)
{
	char *copy = malloc(s.n);
	bool ok;

	memcpy(copy, s.s, s.n);
	ok = cidr_parse((struct str){copy, s.n}, ret_cidr);
	free(copy);
	return ok;
}

static bool
format_exact(struct str s)
{
	char *copy = malloc(s.n);
	bool ok;

	memcpy(copy, s.s, s.n);
	ok = cidr_format_valid((struct str){copy, s.n});
	free(copy);
	return ok;
}

static bool
ip_exact(struct str s, struct ip *ret_ip)
{
	char *copy = malloc(s.n);
	bool ok;

	memcpy(copy, s.s, s.n);
	ok = ip_parse((struct str){copy, s.n}, ret_ip);
	free(copy);
	return ok;
}

static void
test_parse_and_print(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    {"10.0.0.0/8", "10.0.0.0/8"},
	    {"10.1.2.3/8", "10.0.0.0/8"},
	    {"255.255.255.255/32", "255.255.255.255/32"},
	    {"255.255.255.255/31", "255.255.255.254/31"},
	    {"192.168.77.1/18", "192.168.64.0/18"},
	    {"1.2.3.4/0", "0.0.0.0/0"},
	    {"::/0", "::/0"},
	    {"::1/128", "::1/128"},
	    {"1::/16", "1::/16"},
	    {"2001:db8::/32", "2001:db8::/32"},
	    {"2001:DB8:0000::/032", NULL},
	    {"2001:DB8:0000::/32", "2001:db8::/32"},
	    {"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff/33", "2001:db8:8000::/33"},
	    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"},
	    /* the longest run of zeros, the first of equals, never one */
	    {"1:0:0:2:0:0:0:3/128", "1:0:0:2::3/128"},
	    {"1:0:0:2:3:0:0:4/128", "1::2:3:0:0:4/128"},
	    {"1:0:2:3:4:5:6:7/128", "1:0:2:3:4:5:6:7/128"},
	    {"1::2:3:4:5:6:7/128", "1:0:2:3:4:5:6:7/128"},
	    {"0:0:1:2:3:4:5:6/128", "::1:2:3:4:5:6/128"},
	    {"1:2:3:4:5:6:0:0/128", "1:2:3:4:5:6::/128"},
	    {"1:2:3:4:5:6:7::/128", "1:2:3:4:5:6:7:0/128"},
	    /* IPv4 inside IPv6 stays IPv6 */
	    {"::ffff:10.0.0.0/104", "::ffff:10.0.0.0/104"},
	    {"::ffff:a00:1/128", "::ffff:10.0.0.1/128"},
	    {"::ffff:255.255.255.255/90", "::ffc0:0:0/90"},
	    {"::ffff:1.2.3.4/96", "::ffff:0.0.0.0/96"},
	    {"::1.2.3.4/128", "::102:304/128"},
	    {"64:ff9b::192.0.2.33/128", "64:ff9b::c000:221/128"},
	    {"1:2:3:4:5:6:1.2.3.4/128", "1:2:3:4:5:6:102:304/128"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct str in = str_of(cases[i].in);
		struct cidr c;
		char out[CIDR_STRLEN];

		if (!cases[i].out) {
			assert_false(parse_exact(in, &c));
			continue;
		}
		if (!parse_exact(in, &c) || !format_exact(in))
			fail_msg("refused: %s", in.s);
		assert_ptr_equal(cidr_print(&c, out), out);
		assert_string_equal(out, cases[i].out);
	}
}

static void
test_host_bits(void **state)
{
	static const char *const without[] = {"10.1.0.0/16", "10.1.2.3/32",
	    "0.0.0.0/0", "2001:db8::/32", "2001:db8::1/128", "10.1.2.3", "x/8",
	    ""};
	struct cidr c;

	for (size_t i = 0; i < sizeof(without) / sizeof(*without); i++)
		assert_false(cidr_has_host_bits(str_of(without[i]), &c));
	assert_true(cidr_has_host_bits(STR("10.1.2.3/16"), &c));
	assert_int_equal(c.bits, 16);
	assert_memory_equal(c.addr, "\x0a\x01\0\0", 4);
	assert_true(cidr_has_host_bits(STR("2001:db8::1/127"), &c));
	assert_int_equal(c.addr[15], 0);
}

static void
test_layout(void **state)
{
	struct cidr c;
	struct ip ip;

	assert_true(cidr_parse(STR("10.1.2.3/16"), &c));
	assert_int_equal(c.family, IP_V4);
	assert_int_equal(c.bits, 16);
	assert_memory_equal(c.addr, "\x0a\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	assert_true(ip_parse(STR("1:203::f"), &ip));
	assert_int_equal(ip.family, IP_V6);
	assert_memory_equal(ip.addr, "\0\x01\x02\x03\0\0\0\0\0\0\0\0\0\0\0\x0f",
	    16);
	c = cidr_of_ip(&ip);
	assert_int_equal(c.family, IP_V6);
	assert_int_equal(c.bits, 128);
	assert_memory_equal(c.addr, ip.addr, 16);
}

/* What the two readers refuse: FORMAT says that the API server takes it. */
static void
test_refused(void **state)
{
	static const struct {
		struct str text;
		bool format;
	} cases[] = {
	    {STR("010.0.0.0/8"), true},
	    {STR("10.0.0.000/8"), true},
	    {STR("10.0.0.0/08"), true},
	    {STR("10.0.0.0/00000000000000000000032"), true},
	    {STR("00000000000000000000010.0.0.0/8"), true},
	    {STR("2001:00db8::/32"), true},
	    {STR("2001:db8::/032"), true},
	    {STR("::ffff:010.0.0.0/104"), true},
	    {STR("10.0.0.0/+8"), false},
	    {STR("10.0.0.0/-1"), false},
	    {STR("10.0.0.0/33"), false},
	    {STR("10.0.0.0/4294967304"), false},
	    {STR("10.0.0.0/"), false},
	    {STR("10.0.0.0/8/8"), false},
	    {STR("10.0.0.0/8 "), false},
	    {STR(" 10.0.0.0/8"), false},
	    {STR("10.0.0.0 /8"), false},
	    {STR("10.0.0.0/8\0"), false},
	    {STR("10.0.0.0\0/8"), false},
	    {STR("10.0.0.0/0x8"), false},
	    {STR("10.0.0.0"), false},
	    {STR("10.0.0/8"), false},
	    {STR("10.0.0.0.0/8"), false},
	    {STR("10.0.0./8"), false},
	    {STR("10..0.0/8"), false},
	    {STR(".10.0.0/8"), false},
	    {STR("256.0.0.0/8"), false},
	    {STR("0256.0.0.0/8"), false},
	    {STR("4294967306.0.0.0/8"), false},
	    {STR("0x10.0.0.0/8"), false},
	    {STR("10/8"), false},
	    {STR("/8"), false},
	    {STR("/"), false},
	    {STR(""), false},
	    {STR("example.com"), false},
	    {STR("example.com/8"), false},
	    {STR("fe80::1%eth0/64"), false},
	    {STR("10.0.0.0%eth0/8"), false},
	    {STR("2001:::/32"), false},
	    {STR("2001::db8::/32"), false},
	    {STR("2001:db8:/32"), false},
	    {STR(":2001:db8::/32"), false},
	    {STR(":/0"), false},
	    {STR(":::/0"), false},
	    {STR("12345::/16"), false},
	    {STR("g::/16"), false},
	    {STR("::/129"), false},
	    {STR("1:2:3:4:5:6:7/64"), false},
	    {STR("1:2:3:4:5:6:7:8:9/64"), false},
	    {STR("1:2:3:4:5:6:7:8::/64"), false},
	    {STR("::1:2:3:4:5:6:7:8/64"), false},
	    {STR("1:2:3:4::5:6:7:8/64"), false},
	    {STR("1:2:3:4:5:6:7:8:/64"), false},
	    {STR("1:2:3:4:5:1.2.3.4/64"), false},
	    {STR("1:2:3:4:5:6:7:1.2.3.4/64"), false},
	    {STR("::1:2:3:4:5:6:1.2.3.4/64"), false},
	    {STR("::1.2.3/64"), false},
	    {STR("::1.2.3.4:5/64"), false},
	    {STR("::1.2.3.256/64"), false},
	    {STR("::a.2.3.4/64"), false},
	    {STR("1.2.3.4::/64"), false},
	    {STR("[::1]/64"), false},
	};
	struct cidr c = {.bits = 77};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct str s = cases[i].text;

		if (parse_exact(s, &c))
			fail_msg("accepted: %s", s.s);
		if (format_exact(s) != cases[i].format)
			fail_msg("format: %s", s.s);
	}
	assert_int_equal(c.bits, 77);
	assert_false(cidr_parse((struct str){0}, &c));
	assert_false(cidr_format_valid((struct str){0}));
}

static void
test_ip(void **state)
{
	static const struct {
		const char *in, *out; /* out NULL: refused */
	} cases[] = {
	    {"10.0.0.1", "10.0.0.1"},
	    {"0.0.0.0", "0.0.0.0"},
	    {"::", "::"},
	    {"::1", "::1"},
	    {"::FFFF:1.2.3.4", "::ffff:1.2.3.4"},
	    {"fe80::1", "fe80::1"},
	    {"fe80::1%eth0", NULL},
	    {"::%", NULL},
	    {"%1.2.3.4", NULL},
	    {"01.2.3.4", NULL},
	    {"1.2.3.4/32", NULL},
	    {"::1/128", NULL},
	    {"1", NULL},
	    {"", NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char out[CIDR_STRLEN];
		struct ip ip;
		bool ok = ip_exact(str_of(cases[i].in), &ip);

		if (ok != !!cases[i].out)
			fail_msg("%s", cases[i].in);
		if (ok)
			assert_string_equal(ip_print(&ip, out), cases[i].out);
	}
}

/* Addresses with runs of zeros and ones, as people write them. */
static struct cidr
random_cidr(uint64_t *rng)
{
	static const uint8_t bytes[] = {0, 0, 0, 0, 1, 0xff};
	struct ip ip = {.family = prop_below(rng, 2) ? IP_V4 : IP_V6};
	unsigned width = ip_width(ip.family);
	struct cidr c;

	for (unsigned i = 0; i < width / 8; i++)
		ip.addr[i] = bytes[prop_below(rng, sizeof(bytes))];
	if (ip.family == IP_V6 && prop_below(rng, 8) == 0) {
		memset(ip.addr, 0, 10);
		memset(ip.addr + 10, 0xff, 2);
	}
	c = cidr_of_ip(&ip);
	c.bits = (uint8_t)prop_below(rng, width + 1);
	for (unsigned i = c.bits; i < width; i++)
		c.addr[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
	return c;
}

static bool
bit(const struct cidr *c, unsigned i)
{
	return c->addr[i / 8] >> (7 - i % 8) & 1;
}

static bool
contains_by_bits(const struct cidr *outer, const struct cidr *inner)
{
	if (outer->family != inner->family || inner->bits < outer->bits)
		return false;
	for (unsigned i = 0; i < outer->bits; i++)
		if (bit(outer, i) != bit(inner, i))
			return false;
	return true;
}

static int
compare_by_bits(const struct cidr *a, const struct cidr *b)
{
	if (a->family != b->family)
		return a->family == IP_V4 ? -1 : 1;
	for (unsigned i = 0; i < ip_width(a->family); i++)
		if (bit(a, i) != bit(b, i))
			return bit(b, i) ? -1 : 1;
	return a->bits < b->bits ? -1 : a->bits > b->bits;
}

static void
test_random_prefixes(void **state)
{
	uint64_t rng = prop_seed();
	struct cidr a, b, back;
	char text[CIDR_STRLEN];
	unsigned inside = 0;

	for (int round = 0; round < 100000; round++) {
		a = random_cidr(&rng);
		b = random_cidr(&rng);
		cidr_print(&a, text);
		assert_true(parse_exact(str_of(text), &back));
		assert_memory_equal(&back, &a, sizeof(a));
		assert_true(format_exact(str_of(text)));
		if (prop_below(&rng, 2)) {
			/* Something that may well lie inside. */
			b = a;
			b.bits =
			    (uint8_t)prop_below(&rng, ip_width(b.family) + 1);
			for (unsigned i = b.bits; i < ip_width(b.family); i++)
				b.addr[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
		}
		inside += cidr_contains(&a, &b);
		assert_int_equal(cidr_contains(&a, &b),
		    contains_by_bits(&a, &b));
		assert_true(cidr_contains(&a, &a));
		assert_int_equal(cidr_compare(&a, &b), compare_by_bits(&a, &b));
		assert_int_equal(cidr_compare(&b, &a), -cidr_compare(&a, &b));
		assert_int_equal(cidr_compare(&a, &a), 0);
	}
	assert_true(inside > 10000);
}

/*
 * The C library reads and prints addresses by the same rules, but for dotted
 * printing: it does that for ::1.2.3.4 too.
 */
static void
test_against_libc(void **state)
{
	static const char alphabet[] = "0123456789abcF:::...";
	uint64_t rng = prop_seed();
	char text[CIDR_STRLEN + 1], want[INET6_ADDRSTRLEN];
	unsigned good = 0;

	for (int round = 0; round < 300000; round++) {
		struct cidr c = random_cidr(&rng);
		struct ip ip = {.family = c.family}, got;
		int af = c.family == IP_V4 ? AF_INET : AF_INET6;
		uint8_t addr[16] = {0};
		size_t n, at;
		bool ok;

		memcpy(ip.addr, c.addr, sizeof(ip.addr));
		ip_print(&ip, text);
		assert_non_null(inet_ntop(af, ip.addr, want, sizeof(want)));
		if (af == AF_INET || !strchr(want, '.') ||
		    strncmp(want, "::ffff:", 7) == 0)
			assert_string_equal(text, want);

		/* Spoil a few bytes. */
		n = strlen(text);
		for (uint32_t i = prop_below(&rng, 4); i > 0 && n > 1; i--) {
			at = prop_below(&rng, (uint32_t)n);
			if (prop_below(&rng, 3) == 0)
				memmove(text + at, text + at + 1, n-- - at);
			else
				text[at] = alphabet[prop_below(&rng,
				    sizeof(alphabet) - 1)];
		}
		af = strpbrk(text, ".:") && *strpbrk(text, ".:") == '.'
		    ? AF_INET
		    : AF_INET6;
		ok = inet_pton(af, text, addr) == 1;
		if (ip_exact(str_of(text), &got) != ok)
			fail_msg("%s", text);
		if (ok) {
			assert_memory_equal(got.addr, addr, sizeof(addr));
			good++;
		}
	}
	assert_in_range(good, 100000, 250000);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parse_and_print),
	    cmocka_unit_test(test_host_bits),
	    cmocka_unit_test(test_layout),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_ip),
	    cmocka_unit_test(test_random_prefixes),
	    cmocka_unit_test(test_against_libc),
	};

	return cmocka_run_group_tests_name("cidr", tests, NULL, NULL);
}
