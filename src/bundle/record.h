/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Map entries as bytes: the keys and values of a version of Cilium, as the
 * structs of cnpc_abi.h lay them out, written byte by byte so that the host's
 * own byte order does not matter.  Source: semantics.md 12.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/cidr.h"
#include "bundle/layout.h"
#include "cilium/direction.h"

/* An entry of a policy map.  Ports in host order. */
struct policy_record {
	enum direction dir;
	uint32_t id; /* 0 = any */
	uint8_t proto;
	uint8_t port_bits; /* 0 when proto or port is */
	uint16_t port;
	bool deny;
	uint8_t auth; /* type, bit 7 explicit */
	uint16_t proxy_port;
	uint32_t precedence; /* without one: UINT32_MAX of a deny, else the
			      * proxy's priority, 0 for none */
	uint32_t rule;       /* number of the rule that gave it, 0 for none;
			      * no part of the map */
};

/* An entry of the ipcache. */
struct ipcache_record {
	struct cidr prefix;
	uint32_t id;
};

/*
 * Record order, and the order of a policy image: direction, protocol, prefix
 * length, port, identity.  Negative, 0 (the same key) or positive.
 */
int policy_record_compare(const struct policy_record *a,
    const struct policy_record *b);

void policy_record_put(const struct map_layout *l,
    const struct policy_record *r, uint8_t key[static POLICY_KEY_SIZE],
    uint8_t *value);

/* The key alone, and back; NULL, or what is wrong with it. */
void policy_key_put(const struct policy_record *r,
    uint8_t key[static POLICY_KEY_SIZE]);
const char *policy_key_get(const uint8_t key[static POLICY_KEY_SIZE],
    struct policy_record *ret_record);

/*
 * False when the bytes are no entry that policy_record_put() writes; then
 * *ret_problem says why.
 */
bool policy_record_get(const struct map_layout *l,
    const uint8_t key[static POLICY_KEY_SIZE], const uint8_t *value,
    struct policy_record *ret_record, const char **ret_problem);

/*
 * The same of a live map: a cookie, counts, unknown flags and a prefix length
 * that is repeated are nobody's business, nor is what comes with a deny.
 */
bool policy_record_get_live(const struct map_layout *l,
    const uint8_t key[static POLICY_KEY_SIZE], const uint8_t *value,
    struct policy_record *ret_record, const char **ret_problem);

/* What a node's tunnels need is left 0: it is different on every node. */
void ipcache_record_put(const struct map_layout *l,
    const struct ipcache_record *r, uint8_t key[static IPCACHE_KEY_SIZE],
    uint8_t *value);

bool ipcache_record_get(const struct map_layout *l,
    const uint8_t key[static IPCACHE_KEY_SIZE], const uint8_t *value,
    struct ipcache_record *ret_record, const char **ret_problem);

/* The same of a live map, where tunnels, keys and flags are. */
bool ipcache_record_get_live(const uint8_t key[static IPCACHE_KEY_SIZE],
    const uint8_t *value, struct ipcache_record *ret_record,
    const char **ret_problem);

/* The problem of a prefix that is of another cluster. */
extern const char ipcache_other_cluster[];
