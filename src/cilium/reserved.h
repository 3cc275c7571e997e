/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Numeric identities: those that Cilium reserves, with their labels, and the
 * ranges that all others come from.  A reserved label has no value and the
 * source SOURCE_RESERVED (cilium/labels.h).  Source: semantics.md 5.1 to 5.3.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "cilium/version.h"

enum {
	SEC_ID_HOST = 1,
	SEC_ID_WORLD = 2,
	SEC_ID_UNMANAGED = 3,
	SEC_ID_HEALTH = 4,
	SEC_ID_INIT = 5,
	SEC_ID_REMOTE_NODE = 6,
	SEC_ID_KUBE_APISERVER = 7,
	SEC_ID_INGRESS = 8,
	SEC_ID_WORLD_IPV4 = 9,
	SEC_ID_WORLD_IPV6 = 10,
	/* Of maps alone: no packet bears them (semantics.md 5.6). */
	SEC_ID_AGGREGATE_CLUSTER = 11,
	SEC_ID_AGGREGATE_CLUSTER_MESH = 12,
	SEC_ID_AGGREGATE_WORLD = 13,
	SEC_ID_AGGREGATE_REMOTE_NODE = 14,
	SEC_ID_WELL_KNOWN_FIRST = 100,
	SEC_ID_POD_FIRST = 256,
	SEC_ID_CIDR_FIRST = 16777217, /* the scope of prefixes */
	SEC_ID_NODE_FIRST = 33554433, /* the scope of nodes with labels */
};

/* The keys of reserved labels. */
#define RESERVED_HOST "host"
#define RESERVED_WORLD "world"
#define RESERVED_WORLD_IPV4 "world-ipv4"
#define RESERVED_WORLD_IPV6 "world-ipv6"
#define RESERVED_UNMANAGED "unmanaged"
#define RESERVED_HEALTH "health"
#define RESERVED_INIT "init"
#define RESERVED_REMOTE_NODE "remote-node"
#define RESERVED_KUBE_APISERVER "kube-apiserver"
#define RESERVED_INGRESS "ingress"
#define RESERVED_NONE "none" /* of nobody */
#define RESERVED_AGGREGATE_CLUSTER "aggregate-cluster"
#define RESERVED_AGGREGATE_CLUSTER_MESH "aggregate-cluster-mesh"
#define RESERVED_AGGREGATE_WORLD "aggregate-world"
#define RESERVED_AGGREGATE_REMOTE_NODE "aggregate-remote-node"

/* Identities that exist in every cluster, less the host: its labels vary. */
struct reserved_identity {
	uint32_t id;
	const char *label[2];       /* the second may be NULL */
	enum version_change change; /* that it came with */
};

extern const struct reserved_identity reserved_identities[];
extern const size_t nreserved_identities;

/*
 * Identities of DNS servers and the operator that have the same number in all
 * clusters.  Each also has the label of its service account, of its namespace
 * WELL_KNOWN_NAMESPACE and of the cluster.
 */
#define WELL_KNOWN_NAMESPACE "kube-system"

struct well_known_identity {
	uint32_t id;
	const char *labels; /* "KEY=VALUE KEY=VALUE" */
	const char *account;
	bool namespace_label; /* and the label that names the namespace */
};

extern const struct well_known_identity well_known_identities[];
extern const size_t nwell_known_identities;

/* Lists of reserved labels; each ends with NULL. */
extern const char *const reserved_names[];      /* what people ask about */
extern const char *const reserved_of_cluster[]; /* the entity "cluster" */
extern const char *const reserved_of_world[];   /* the entity "world" */
extern const char *const reserved_of_nodes[];   /* addresses that nodes have */

bool reserved_list_has(const char *const *list, struct str name);

/*
 * The identities of addresses in no ipcache prefix, in a cluster that has the
 * families FAMILY; both arrays by family - 1.
 */
void sec_id_worlds(const bool family[static 2], uint32_t ret[static 2]);

/* What a numeric identity is an identity of, by its number. */
enum sec_id_scope {
	SCOPE_RESERVED,
	SCOPE_CLUSTER, /* pods */
	SCOPE_CIDR,
	SCOPE_REMOTE_NODE,
};

enum {
	SEC_ID_SCOPES = SCOPE_REMOTE_NODE + 1,
};

enum sec_id_scope sec_id_scope(uint32_t id);

/* "reserved", "cluster", "cidr", "remote-node". */
const char *sec_id_scope_name(enum sec_id_scope scope);

/* The aggregates that an entity selects besides, NULL at the end; or NULL. */
const char *const *reserved_aggregates(struct str entity);

/*
 * Aggregates, which exist since VERSION_AGGREGATES: numbers from FIRST to LAST.
 */
#define SEC_ID_AGGREGATE_FIRST SEC_ID_AGGREGATE_CLUSTER
#define SEC_ID_AGGREGATE_LAST SEC_ID_AGGREGATE_REMOTE_NODE

static inline bool
sec_id_is_aggregate(uint32_t id)
{
	return id >= SEC_ID_AGGREGATE_FIRST && id <= SEC_ID_AGGREGATE_LAST;
}

/*
 * What stands for an identity in the second lookup: an aggregate, or 0 for the
 * few that have none.  CLUSTER is the number of the own cluster.
 */
uint32_t sec_id_aggregate(uint32_t id, uint32_t cluster);
