/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Map entries as bytes: the keys and values of Cilium 1.20, as the structs of
 * cnpc_abi.h lay them out, written byte by byte so that the host's own byte
 * order does not matter.  Source: semantics.md 12.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/cidr.h"
#include "pmap/pmap.h"

/* The layout that images name in their header. */
#define RECORD_LAYOUT 120

#define POLICY_KEY_SIZE 12
#define POLICY_VALUE_SIZE 12
#define IPCACHE_KEY_SIZE 24
#define IPCACHE_VALUE_SIZE 24

/* An entry of a policy map.  Ports in host order. */
struct policy_record {
	enum pmap_dir dir;
	uint32_t id; /* 0 = any */
	uint8_t proto;
	uint8_t port_bits; /* 0 when proto or port is */
	uint16_t port;
	bool deny;
	uint8_t auth; /* type, bit 7 explicit */
	uint16_t proxy_port;
	uint32_t precedence;
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
int policy_record_cmp(const struct policy_record *a,
    const struct policy_record *b);

void policy_record_put(const struct policy_record *r,
    uint8_t key[static POLICY_KEY_SIZE],
    uint8_t value[static POLICY_VALUE_SIZE]);

/*
 * False when the bytes are no entry that policy_record_put() writes; then
 * *ret_problem says why.
 */
bool policy_record_get(const uint8_t key[static POLICY_KEY_SIZE],
    const uint8_t value[static POLICY_VALUE_SIZE],
    struct policy_record *ret_record, const char **ret_problem);

/* What a node's tunnels need is left 0: it is different on every node. */
void ipcache_record_put(const struct ipcache_record *r,
    uint8_t key[static IPCACHE_KEY_SIZE],
    uint8_t value[static IPCACHE_VALUE_SIZE]);

bool ipcache_record_get(const uint8_t key[static IPCACHE_KEY_SIZE],
    const uint8_t value[static IPCACHE_VALUE_SIZE],
    struct ipcache_record *ret_record, const char **ret_problem);

/* Little-endian numbers at any address. */
uint32_t le32_get(const uint8_t *p);
void le32_put(uint8_t *p, uint32_t v);
