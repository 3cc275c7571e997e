/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * IP addresses and prefixes.  Addresses are in network byte order; IPv4 lies
 * in the first four bytes and the rest is zero.  A cidr's host bits are zero.
 *
 * Two readers, because a policy's CIDR passes two: the API server's format
 * check (Go net.ParseCIDR, which takes leading zeros) and the agent
 * (netip.ParsePrefix, which does not).
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

enum ip_family {
	IP_V4 = 1, /* numbered as in the ipcache key */
	IP_V6 = 2,
};

struct ip {
	uint8_t family; /* enum ip_family */
	uint8_t addr[16];
};

struct cidr {
	uint8_t family; /* enum ip_family */
	uint8_t bits;   /* 0..32 or 0..128 */
	uint8_t addr[16];
};

/* Room for any formatted cidr with its NUL. */
#define CIDR_STRLEN 50

/* netip.ParseAddr without a zone. */
bool ip_parse(struct str s, struct ip *ret_ip);

/* netip.ParsePrefix; host bits are masked off. */
bool cidr_parse(struct str s, struct cidr *ret_cidr);

/* Whether there were any; the prefix that is meant. */
bool cidr_has_host_bits(struct str s, struct cidr *ret_cidr);

/* The API server's "cidr" format (leading zeros allowed, no zone). */
bool cidr_format_valid(struct str s);

/* "10.0.0.0/8", "2001:db8::/32": RFC 5952, as Go prints it. */
const char *cidr_print(const struct cidr *c, char out[static CIDR_STRLEN]);
const char *ip_print(const struct ip *ip, char out[static CIDR_STRLEN]);

/* The address as a /32 or /128, and the prefix of BITS around it. */
struct cidr cidr_of_ip(const struct ip *ip);
struct cidr cidr_around(const struct ip *ip, unsigned bits);

/* Whether INNER lies in or equals OUTER. */
bool cidr_contains(const struct cidr *outer, const struct cidr *inner);

/* IPv4 before IPv6, then address, then prefix length: -1, 0, 1. */
int cidr_compare(const struct cidr *a, const struct cidr *b);

/* Whether C lies in ::ffff:0:0/96: addresses of IPv4 written as IPv6. */
bool cidr_is_mapped(const struct cidr *c);

/* An IPv4 address written as IPv6 becomes one of IPv4. */
void ip_unmap(struct ip *ip);

/* Number of address bits of the family: 32 or 128. */
static inline unsigned
ip_width(uint8_t family)
{
	return family == IP_V4 ? 32 : 128;
}
