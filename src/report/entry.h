/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Map entries in words: the prefixes of ports put together into ranges again,
 * names for protocols, authentication and verdicts.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/vec.h"
#include "bundle/record.h"
#include "pmap/pmap.h"

struct port_range {
	uint16_t first, last;
};

struct port_ranges {
	VEC(struct port_range) v; /* ascending, none touches the next */
};

/*
 * Adds the prefix PORT/BITS.  Prefixes come in ascending order of PORT; one
 * that overlaps or continues the last range extends it.
 */
void ports_add(struct port_ranges *r, struct arena *a, uint16_t port,
    uint8_t bits);

/* "80-95,443"; "any" for all ports. */
void ports_put(struct buf *out, const struct port_range *range, size_t n);

/* "TCP", "ICMPv6", "protocol 47"; "any" for 0. */
const char *entry_proto(struct arena *a, uint8_t proto);

/* "allow", "deny", "redirect http", "allow, auth spire". */
const char *entry_verdict(struct arena *a, const struct pmaps *m,
    const struct pmap_value *v);

/* The level that a precedence stands for: 0 is strongest. */
uint32_t entry_level(uint32_t precedence);

/* Of an entry as its bytes are: "80-95/TCP", "any". */
const char *entry_ports(struct arena *a, const struct policy_record *r);

/* "allow, proxy 10001, precedence 0xffffff9a". */
const char *entry_value(struct arena *a, const struct policy_record *r);
