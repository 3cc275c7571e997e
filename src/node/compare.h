/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A bundle held against a node: entry by entry, and apart from that by what the
 * maps decide.  Two maps can decide alike and not be equal, as a broader entry
 * hides a narrower one.
 */

#include "bundle/decide.h"
#include "bundle/read.h"
#include "node/matching.h"
#include "node/node.h"

enum difference {
	DIFFERENCE_MISSING, /* the node lacks it */
	DIFFERENCE_EXTRA,   /* the bundle has no such entry */
	DIFFERENCE_OTHER,   /* both have the key */
};

/* In the bundle's terms, but for numbers that only the node has. */
struct entry_difference {
	enum difference kind;
	struct policy_record ours, theirs;
};

/* A connection that the maps judge differently. */
struct verdict_difference {
	enum direction dir;
	uint32_t peer;
	uint8_t proto;
	uint16_t port; /* ICMP: the type */
	struct verdict ours, theirs;
};

enum {
	VERDICTS_SHOWN = 5, /* of one endpoint */
};

struct map_comparison {
	const struct node_map *map;
	const struct bundle_endpoint *endpoint;
	const char *problem; /* why it was not compared, or NULL */
	uint32_t equal;      /* entries */
	VEC(struct entry_difference) entries;
	uint64_t asked, differ;                  /* verdicts */
	VEC(struct verdict_difference) verdicts; /* the first that differ */
};

struct prefix_difference {
	enum difference kind;
	struct cidr prefix;
	uint32_t ours, theirs; /* that the entries say; 0: there is none */
	/* Whose an address is that no longer prefix has. */
	uint32_t our_owner, their_owner;
};

struct comparison {
	struct matching match;
	VEC(struct map_comparison) maps;
	bool has_ipcache;
	uint32_t prefixes; /* that are equal */
	uint32_t own;      /* addresses of the node itself, which it calls host
			    * and the bundle a node */
	VEC(struct prefix_difference) ipcache;
	uint32_t absent; /* endpoints of the bundle that the node lacks */
};

/* NODE is sorted. */
void comparison_make(struct comparison *c, struct arena *a,
    const struct bundle_content *bundle, const struct node_state *node);

/* Whether anything differs, or could not be compared. */
bool comparison_differs(const struct comparison *c);
