/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading, printing and comparing of IP addresses and prefixes.
 *
 * The two readers differ in leading zeros only: SLOPPY, the API server's,
 * takes any number of them in octets, groups and prefix lengths.  Which
 * family a text is of shows in the first dot or colon.
 */
#include "base/cidr.h"

#include <stdio.h>
#include <string.h>

#include "base/ascii.h"

/* A cursor over the rest of the text; nothing at or after END is read. */
struct cursor {
	const char *p, *end;
	bool sloppy;
};

static bool
take(struct cursor *c, char want)
{
	if (c->p == c->end || *c->p != want)
		return false;
	c->p++;
	return true;
}

/* A decimal number up to MAX. */
static bool
take_decimal(struct cursor *c, unsigned max, unsigned *ret_value)
{
	const char *start = c->p;
	unsigned v = 0;

	for (; c->p < c->end && ascii_is_digit(*c->p); c->p++) {
		v = v * 10 + (unsigned)(*c->p - '0');
		if (v > max)
			return false;
	}
	if (c->p == start || (!c->sloppy && *start == '0' && c->p - start > 1))
		return false;
	*ret_value = v;
	return true;
}

/* A group of an IPv6 address: up to four digits, or any number if sloppy. */
static bool
take_group(struct cursor *c, unsigned *ret_value)
{
	const char *start = c->p;
	unsigned d, v = 0;

	for (; c->p < c->end && (d = ascii_digit(*c->p)) < 16; c->p++) {
		v = v << 4 | d;
		if (v > 0xffff || (!c->sloppy && c->p - start >= 4))
			return false;
	}
	if (c->p == start)
		return false;
	*ret_value = v;
	return true;
}

/* A dotted IPv4 address that ends where the text ends. */
static bool
take_v4(struct cursor *c, uint8_t *ret_addr)
{
	unsigned i, v;

	for (i = 0; i < 4; i++) {
		if (i > 0 && !take(c, '.'))
			return false;
		if (!take_decimal(c, 255, &v))
			return false;
		ret_addr[i] = (uint8_t)v;
	}
	return c->p == c->end;
}

/* An IPv6 address that ends where the text ends. */
static bool
take_v6(struct cursor *c, uint8_t ret_addr[static 16])
{
	unsigned n = 0, v;
	int gap = -1; /* offset in the address where :: stood */
	const char *start;

	if (take(c, ':')) {
		if (!take(c, ':'))
			return false;
		gap = 0;
	}
	while (n < 16 && c->p < c->end) {
		start = c->p;
		if (!take_group(c, &v))
			return false;
		if (c->p < c->end && *c->p == '.') {
			/* Dotted: the last four bytes. */
			if (n > 12 || (gap < 0 && n != 12))
				return false;
			c->p = start;
			if (!take_v4(c, ret_addr + n))
				return false;
			n += 4;
			break;
		}
		ret_addr[n++] = (uint8_t)(v >> 8);
		ret_addr[n++] = (uint8_t)v;
		if (c->p == c->end)
			break;
		if (!take(c, ':') || c->p == c->end)
			return false;
		if (take(c, ':')) {
			if (gap >= 0)
				return false;
			gap = (int)n;
		}
	}
	/* :: stands for one group at least. */
	if (c->p != c->end || (gap >= 0) != (n < 16))
		return false;
	if (gap >= 0) {
		memmove(ret_addr + gap + (16 - n), ret_addr + gap,
		    n - (unsigned)gap);
		memset(ret_addr + gap, 0, 16 - n);
	}
	return true;
}

static bool
parse_ip(struct str s, bool sloppy, struct ip *ret_ip)
{
	struct ip ip = {0};
	struct cursor c;
	size_t i;

	for (i = 0; i < s.n && s.s[i] != '.' && s.s[i] != ':'; i++)
		continue;
	if (i == s.n)
		return false;
	c = (struct cursor){s.s, s.s + s.n, sloppy};
	ip.family = s.s[i] == '.' ? IP_V4 : IP_V6;
	if (ip.family == IP_V4 ? !take_v4(&c, ip.addr) : !take_v6(&c, ip.addr))
		return false;
	*ret_ip = ip;
	return true;
}

static bool
parse_cidr(struct str s, bool sloppy, struct cidr *ret_cidr)
{
	const char *slash = s.n ? memchr(s.s, '/', s.n) : NULL;
	struct cursor c;
	struct ip ip;
	unsigned bits;

	if (!slash)
		return false;
	c = (struct cursor){slash + 1, s.s + s.n, sloppy};
	if (!parse_ip((struct str){s.s, (size_t)(slash - s.s)}, sloppy, &ip) ||
	    !take_decimal(&c, ip_width(ip.family), &bits) || c.p != c.end)
		return false;
	*ret_cidr = cidr_around(&ip, bits);
	return true;
}

/* The longest run of zero groups, two at least, the first of equals. */
static void
longest_gap(const uint16_t group[static 8], unsigned *ret_at, unsigned *ret_n)
{
	unsigned i, j;

	*ret_at = 8;
	*ret_n = 1;
	for (i = 0; i < 8; i = j + 1) {
		for (j = i; j < 8 && group[j] == 0; j++)
			continue;
		if (j - i > *ret_n) {
			*ret_at = i;
			*ret_n = j - i;
		}
	}
}

static int
print_v6(const uint8_t a[static 16], char out[static CIDR_STRLEN])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	const char *colon = "";
	unsigned i, gap, gap_n;
	uint16_t group[8];
	size_t n = 0;

	if (memcmp(a, mapped, sizeof(mapped)) == 0)
		return snprintf(out, CIDR_STRLEN, "::ffff:%u.%u.%u.%u", a[12],
		    a[13], a[14], a[15]);
	for (i = 0; i < 8; i++)
		group[i] = (uint16_t)(a[2 * i] << 8 | a[2 * i + 1]);
	longest_gap(group, &gap, &gap_n);
	for (i = 0; i < 8; i++) {
		if (i == gap) {
			colon = "::";
			i += gap_n;
			if (i == 8)
				break;
		}
		n += (size_t)snprintf(out + n, CIDR_STRLEN - n, "%s%x", colon,
		    group[i]);
		colon = ":";
	}
	if (gap + gap_n == 8)
		n += (size_t)snprintf(out + n, CIDR_STRLEN - n, "::");
	return (int)n;
}

/* The digits of N, which is at most 255; where they end. */
static char *
put_byte(char *p, unsigned n)
{
	if (n >= 100)
		*p++ = (char)('0' + n / 100);
	if (n >= 10)
		*p++ = (char)('0' + n / 10 % 10);
	*p++ = (char)('0' + n % 10);
	return p;
}

/* Without printf(), which would be a good part of what lists of pods take. */
static int
print_v4(const uint8_t a[static 4], char *out)
{
	char *p = put_byte(out, a[0]);

	for (int i = 1; i < 4; i++) {
		*p++ = '.';
		p = put_byte(p, a[i]);
	}
	*p = '\0';
	return (int)(p - out);
}

static int
print_addr(uint8_t family, const uint8_t a[static 16],
    char out[static CIDR_STRLEN])
{
	return family == IP_V6 ? print_v6(a, out) : print_v4(a, out);
}

bool
ip_parse(struct str s, struct ip *ret_ip)
{
	return parse_ip(s, false, ret_ip);
}

bool
cidr_parse(struct str s, struct cidr *ret_cidr)
{
	return parse_cidr(s, false, ret_cidr);
}

bool
cidr_has_host_bits(struct str s, struct cidr *ret_cidr)
{
	struct cidr c, full;
	const char *slash;
	struct ip ip;

	if (!cidr_parse(s, &c))
		return false;
	slash = memchr(s.s, '/', s.n);
	if (!ip_parse((struct str){s.s, (size_t)(slash - s.s)}, &ip))
		return false;
	full = cidr_of_ip(&ip);
	if (memcmp(full.addr, c.addr, sizeof(c.addr)) == 0)
		return false;
	*ret_cidr = c;
	return true;
}

bool
cidr_format_valid(struct str s)
{
	struct cidr c;

	return parse_cidr(s, true, &c);
}

const char *
cidr_print(const struct cidr *c, char out[static CIDR_STRLEN])
{
	char *p = out + print_addr(c->family, c->addr, out);

	*p++ = '/';
	*put_byte(p, c->bits) = '\0';
	return out;
}

const char *
ip_print(const struct ip *ip, char out[static CIDR_STRLEN])
{
	print_addr(ip->family, ip->addr, out);
	return out;
}

struct cidr
cidr_of_ip(const struct ip *ip)
{
	struct cidr c = {
	    .family = ip->family,
	    .bits = (uint8_t)ip_width(ip->family),
	};

	memcpy(c.addr, ip->addr, sizeof(c.addr));
	return c;
}

struct cidr
cidr_around(const struct ip *ip, unsigned bits)
{
	struct cidr c = cidr_of_ip(ip);
	unsigned i = bits / 8;

	c.bits = (uint8_t)bits;
	if (i < 16) {
		c.addr[i] &= (uint8_t)(0xff00 >> bits % 8);
		memset(c.addr + i + 1, 0, 15 - i);
	}
	return c;
}

bool
cidr_contains(const struct cidr *outer, const struct cidr *inner)
{
	unsigned whole = outer->bits / 8, rest = outer->bits % 8;

	if (outer->family != inner->family || outer->bits > inner->bits)
		return false;
	if (memcmp(outer->addr, inner->addr, whole) != 0)
		return false;
	return rest == 0 ||
	    (outer->addr[whole] ^ inner->addr[whole]) >> (8 - rest) == 0;
}

int
cidr_compare(const struct cidr *a, const struct cidr *b)
{
	int c;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	c = memcmp(a->addr, b->addr, sizeof(a->addr));
	if (c == 0)
		c = a->bits - b->bits;
	return (c > 0) - (c < 0);
}

bool
cidr_is_mapped(const struct cidr *c)
{
	static const struct cidr mapped = {IP_V6, 96,
	    {[10] = 0xff, [11] = 0xff}};

	return cidr_contains(&mapped, c);
}

void
ip_unmap(struct ip *ip)
{
	struct cidr c = cidr_of_ip(ip);

	if (ip->family == IP_V6 && cidr_is_mapped(&c)) {
		ip->family = IP_V4;
		memmove(ip->addr, ip->addr + 12, 4);
		memset(ip->addr + 4, 0, sizeof(ip->addr) - 4);
	}
}
