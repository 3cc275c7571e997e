/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a node's agent has put into the kernel, as dumps or the pinned maps tell
 * it.  Numbers are the node's own: identities and proxy ports of a bundle may
 * be others (node/matching.h).  Source: semantics.md 12.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cidr.h"
#include "base/str.h"
#include "base/vec.h"
#include "bundle/record.h"

struct node_identity {
	uint32_t id;
	struct str labels; /* as node_labels() joins them */
};

struct node_endpoint {
	uint32_t id;         /* what the map's name ends in */
	struct str ns, name; /* none: it is no pod, or not known */
	uint32_t identity;   /* 0: not known */
	VEC(struct ip) ips;
};

/* The policy map of an endpoint. */
struct node_map {
	uint32_t endpoint;
	const char *from; /* the file or the pin */
	VEC(struct policy_record) entries;
};

struct node_state {
	struct arena *arena;
	const struct map_layout *layout; /* that all maps are to have */
	bool has_ipcache;                /* some source was one */
	VEC(struct node_map) maps;
	VEC(struct node_endpoint) endpoints;
	VEC(struct node_identity) identities;
	VEC(struct ipcache_record) ipcache;
	uint32_t foreign; /* prefixes of other clusters, left out */
};

/* The layout is that of a bundle. */
void node_init(struct node_state *n, struct arena *a,
    const struct map_layout *layout);

/*
 * Adds what a dump says, whose form its content tells: `bpftool map dump -j` of
 * a policy map, the ipcache or cilium_lxc; `cilium-dbg` with `-o json` and `bpf
 * policy get`, `bpf ipcache list`, `endpoint list` or `identity list`.  The
 * name of the file tells whose policy map it is, if nothing else does.  Returns
 * what is wrong with it, or NULL.  TEXT is to live as long as N.
 */
const char *node_read_dump(struct node_state *n, const char *name,
    struct str text);

/*
 * Adds the maps that an agent, or `cnpc load`, has pinned in DIR.  Returns 0 or
 * an errno value; what is wrong with a map is in *ret_problem, or NULL.
 */
int node_read_live(struct node_state *n, const char *dir,
    const char **ret_problem);

/* Brings all that was added into order, without what was there twice. */
void node_sort(struct node_state *n);

/* The N labels at V as one text, whatever their order was. */
struct str node_labels(struct arena *a, struct str *v, size_t n);

/* The steps of the readers: an endpoint's map, begun; an entry of a map, with
 * what is wrong with it, or NULL. */
struct node_map *node_add_map(struct node_state *n, uint32_t endpoint,
    const char *from);
const char *node_add_policy(struct node_state *n, struct node_map *map,
    const uint8_t *key, const uint8_t *value);
const char *node_add_ipcache(struct node_state *n, const uint8_t *key,
    const uint8_t *value);
void node_add_lxc(struct node_state *n, const uint8_t *key,
    const uint8_t *value);

/* Sizes of cilium_lxc. */
enum {
	LXC_KEY_SIZE = 20,
	LXC_VALUE_SIZE = 48,
};

/* The number of the endpoint that the name of a map or a file ends in, before
 * its suffix; 0: in none. */
uint32_t node_endpoint_of(const char *name);
