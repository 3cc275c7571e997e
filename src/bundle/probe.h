/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Probes: the protocols and ports at which a policy can change its mind, so
 * that trying them all tries every entry from inside and from outside.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/cidr.h"
#include "base/vec.h"
#include "bundle/decide.h"

struct probe {
	uint8_t proto;
	uint16_t port; /* host order; ICMP: the type */
};

struct probes {
	VEC(struct probe) list; /* by protocol, then port; distinct;
				 * empty to begin with */
};

/*
 * Adds what is worth trying whatever the entries are: the ends of the port
 * range and common ICMP types for every protocol that has them, and protocols
 * without ports.
 */
void probes_add_common(struct probes *p, struct arena *a);

/*
 * Adds both ends of the entries' port prefixes and their neighbours, and a
 * protocol that no policy can name.
 */
void probes_add_entries(struct probes *p, struct arena *a,
    const struct policy_record *v, uint32_t n);

/* Adds more. */
void probes_add(struct probes *p, struct arena *a, const struct probe *v,
    size_t n);

/*
 * Whether a packet of this family can carry the probe: a port needs a
 * protocol that has ports, a type the family's own ICMP, and some numbers are
 * IPv6 extension headers rather than protocols.
 */
bool probe_fits(struct probe probe, uint8_t family);
