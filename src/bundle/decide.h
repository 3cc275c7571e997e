/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The datapath's decision over the entries of an image: what a bundle itself
 * says about a packet, without the rules that it came from.
 * Source: semantics.md 11.8.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "bundle/image.h"
#include "cilium/direction.h"

/* What is to become of a packet. */
struct verdict {
	uint8_t reason; /* enum cnpc_reason of cnpc_abi.h */
	uint16_t proxy_port;
	const struct policy_record *entry; /* that decided; NULL: none did */
};

/* A policy image's entries, read once, in record order. */
struct policy_table {
	const struct policy_record *v;
	uint32_t n;
	const struct map_layout *layout;
};

/* With the rules of entries that IMG knows them of. */
void policy_table_read(struct policy_table *t, struct arena *a,
    const struct image *img);

/* The entry with the key of another, or NULL. */
const struct policy_record *policy_table_find(const struct policy_table *t,
    const struct policy_record *key);

/* How a packet is looked up. */
struct choice {
	const struct policy_record *entry; /* that decides; NULL: none */
	uint8_t auth; /* type that it needs; 0: none, or it is dropped */
};

/* PORT in host order, 0 for protocols without one; ICMP: the type. */
struct choice policy_choose(const struct policy_table *t, enum direction dir,
    uint32_t peer, uint8_t proto, uint16_t port);

/* What becomes of it. */
struct verdict policy_decide(const struct policy_table *t, enum direction dir,
    uint32_t peer, uint8_t proto, uint16_t port);

/* Whether a direction lets everything through, unconditionally. */
bool policy_open(const struct policy_table *t, enum direction dir);

/* "allowed", "redirected", "denied", ... */
const char *verdict_name(uint8_t reason);
