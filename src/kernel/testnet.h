/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The network of a test: an ipcache in the kernel with a host for each identity
 * that is asked for, which has an address in both families.  That is the first
 * address of one of the identity's prefixes where this decides, else one out of
 * 240.0.0.0/4 or 100::/64 which is mapped for the test alone.
 */

#include <stdint.h>

#include "base/arena.h"
#include "base/cidr.h"
#include "bundle/image.h"

struct test_host {
	uint32_t id;
	struct ip addr[2]; /* by family - 1; family 0: none */
};

struct testnet {
	int fd;                    /* of the ipcache */
	const struct test_host *v; /* by identity */
	uint32_t n;
	const struct test_host *unmapped; /* an address in no prefix, which */
	uint32_t nunmapped; /* is the world's: one a family, or none */
};

/* WORLD: the identity of unmapped addresses, by family - 1. */
int testnet_open(struct testnet *net, struct arena *a,
    const struct image *ipcache, const uint32_t *ids, uint32_t nids,
    const uint32_t world[static 2]);
void testnet_close(struct testnet *net);

/* The host of an identity; NULL when it was not asked for. */
const struct test_host *testnet_host(const struct testnet *net, uint32_t id);
