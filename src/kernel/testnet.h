/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Somebody to exchange packets with: an ipcache in the kernel that has an
 * address in both families for every identity asked for.  That is the first
 * address of one of its prefixes where that decides, else an address out of
 * 240.0.0.0/4 or 100::/64 which is mapped for the test alone.
 */

#include <stdint.h>

#include "base/arena.h"
#include "base/cidr.h"
#include "bundle/image.h"

struct peer {
	uint32_t id;
	struct ip addr[2]; /* by family - 1; family 0: none */
};

struct peers {
	int fd;               /* of the map */
	const struct peer *v; /* by identity */
	uint32_t n;
	const struct peer *unmapped; /* an address in no prefix, which is */
	uint32_t nunmapped;          /* world's: one a family, or none */
};

/* WORLD: the identity of unmapped addresses, by family - 1. */
int peers_open(struct peers *p, struct arena *a, const struct image *ipcache,
    const uint32_t *ids, uint32_t nids, const uint32_t world[static 2]);
void peers_close(struct peers *p);

/* The peer of an identity; NULL when it was not asked for. */
const struct peer *peers_find(const struct peers *p, uint32_t id);
