/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Dumps of a node, for each layout: any bytes are read or refused with a
 * reason, and what was read is in order afterwards, with nothing there twice.
 */

#include <assert.h>
#include <stdint.h>

#include "cilium/version.h"
#include "node/node.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_order(const struct node_state *n)
{
	VEC_FOREACH (map, &n->maps) {
		for (size_t i = 1; i < map->entries.n; i++)
			assert(policy_record_compare(&map->entries.v[i - 1],
				   &map->entries.v[i]) < 0);
	}
	for (size_t i = 1; i < n->ipcache.n; i++)
		assert(cidr_compare(&n->ipcache.v[i - 1].prefix,
			   &n->ipcache.v[i].prefix) < 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned versions[] = {CILIUM_1_17, CILIUM_1_18,
	    CILIUM_1_20};
	static const char *const names[] = {"cilium_policy_v3_00042.json",
	    "cilium_ipcache_v2"};
	struct arena a = {0};

	for (unsigned i = 0; i < 6; i++) {
		struct node_state n;

		node_init(&n, &a, map_layout(versions[i / 2]));
		node_read_dump(&n, names[i % 2],
		    (struct str){arena_dup(&a, (const char *)data, size),
			size});
		node_sort(&n);
		check_order(&n);
	}
	arena_free(&a);
	return 0;
}
