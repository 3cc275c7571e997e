/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Port ranges as prefixes, the form in which the LPM map has them.
 */

#include <stdbool.h>
#include <stdint.h>

#define PORT_COVER_MAX 30 /* 1-65534 needs the most */

struct port_prefix {
	uint16_t port; /* masked, host order */
	uint8_t bits;  /* 0..16 */
};

/*
 * The prefixes that together are PORT..END, ascending; END of 0 or not above
 * PORT means PORT alone, except that port 0 is every port.  Returns how many.
 * Source: semantics.md 10.2.
 */
unsigned port_cover(uint16_t port, uint16_t end,
    struct port_prefix out[static PORT_COVER_MAX]);

/* The first BITS bits of PORT. */
static inline uint16_t
port_mask(uint16_t port, unsigned bits)
{
	return (uint16_t)(port & (0xffff0000u >> bits));
}

/* A map key but for its direction and identity. */
struct port_key {
	uint8_t proto; /* 0: any protocol, then the prefix is empty */
	struct port_prefix prefix;
};

/* By protocol, prefix length, port: what covers a key comes before it. */
int port_key_compare(const struct port_key *a, const struct port_key *b);

/* Whether every packet that B is for is one that A is for. */
bool port_key_covers(const struct port_key *a, const struct port_key *b);
