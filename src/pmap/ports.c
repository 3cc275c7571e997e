/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A range is split into the largest aligned blocks that it begins with, again
 * and again; these are the fewest prefixes.
 */
#include "pmap/ports.h"

unsigned
port_cover(uint16_t port, uint16_t end,
    struct port_prefix out[static PORT_COVER_MAX])
{
	uint32_t at = port, last = end;
	unsigned n = 0;

	if (port == 0 && (end == 0 || end == UINT16_MAX)) {
		out[0] = (struct port_prefix){0, 0};
		return 1;
	}
	if (end <= port)
		last = port;
	while (at <= last) {
		unsigned free = 0; /* low bits that the next prefix spans */

		while (free < 16 && (at & ((2u << free) - 1)) == 0 &&
		    at + (2u << free) - 1 <= last)
			free++;
		out[n++] =
		    (struct port_prefix){(uint16_t)at, (uint8_t)(16 - free)};
		at += 1u << free;
	}
	return n;
}

int
port_key_compare(const struct port_key *a, const struct port_key *b)
{
	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	if (a->prefix.bits != b->prefix.bits)
		return a->prefix.bits < b->prefix.bits ? -1 : 1;
	return (a->prefix.port > b->prefix.port) -
	    (a->prefix.port < b->prefix.port);
}

bool
port_key_covers(const struct port_key *a, const struct port_key *b)
{
	return a->proto == 0 ||
	    (a->proto == b->proto && a->prefix.bits <= b->prefix.bits &&
		port_mask(b->prefix.port, a->prefix.bits) == a->prefix.port);
}
