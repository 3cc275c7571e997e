/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of reserved and well-known identities. */
#include "cilium/reserved.h"

const struct reserved_identity reserved_identities[] = {
    {SEC_ID_WORLD, {RESERVED_WORLD}, VERSION_ALWAYS},
    {SEC_ID_UNMANAGED, {RESERVED_UNMANAGED}, VERSION_ALWAYS},
    {SEC_ID_HEALTH, {RESERVED_HEALTH}, VERSION_ALWAYS},
    {SEC_ID_INIT, {RESERVED_INIT}, VERSION_ALWAYS},
    {SEC_ID_REMOTE_NODE, {RESERVED_REMOTE_NODE}, VERSION_ALWAYS},
    {SEC_ID_KUBE_APISERVER, {RESERVED_KUBE_APISERVER, RESERVED_REMOTE_NODE},
	VERSION_ALWAYS},
    {SEC_ID_INGRESS, {RESERVED_INGRESS}, VERSION_ALWAYS},
    {SEC_ID_WORLD_IPV4, {RESERVED_WORLD_IPV4}, VERSION_ALWAYS},
    {SEC_ID_WORLD_IPV6, {RESERVED_WORLD_IPV6}, VERSION_ALWAYS},
    {SEC_ID_AGGREGATE_CLUSTER, {RESERVED_AGGREGATE_CLUSTER},
	VERSION_AGGREGATES},
    {SEC_ID_AGGREGATE_CLUSTER_MESH, {RESERVED_AGGREGATE_CLUSTER_MESH},
	VERSION_AGGREGATES},
    {SEC_ID_AGGREGATE_WORLD, {RESERVED_AGGREGATE_WORLD}, VERSION_AGGREGATES},
    {SEC_ID_AGGREGATE_REMOTE_NODE, {RESERVED_AGGREGATE_REMOTE_NODE},
	VERSION_AGGREGATES},
};

const size_t nreserved_identities =
    sizeof(reserved_identities) / sizeof(*reserved_identities);

#define KUBE_DNS "k8s-app=kube-dns"
#define EKS_KUBE_DNS KUBE_DNS " eks.amazonaws.com/component=kube-dns"
#define EKS_COREDNS KUBE_DNS " eks.amazonaws.com/component=coredns"
#define OPERATOR                                       \
	"name=cilium-operator io.cilium/app=operator " \
	"app.kubernetes.io/part-of=cilium "            \
	"app.kubernetes.io/name=cilium-operator"

const struct well_known_identity well_known_identities[] = {
    {102, KUBE_DNS, "kube-dns", false},
    {103, EKS_KUBE_DNS, "kube-dns", false},
    {104, KUBE_DNS, "coredns", false},
    {105, OPERATOR, "cilium-operator", false},
    {106, EKS_COREDNS, "coredns", false},
    {110, KUBE_DNS, "kube-dns", true},
    {111, EKS_KUBE_DNS, "kube-dns", true},
    {112, KUBE_DNS, "coredns", true},
    {113, OPERATOR, "cilium-operator", true},
    {114, EKS_COREDNS, "coredns", true},
};

const size_t nwell_known_identities =
    sizeof(well_known_identities) / sizeof(*well_known_identities);

const char *const reserved_names[] = {RESERVED_HOST, RESERVED_REMOTE_NODE,
    RESERVED_WORLD, RESERVED_KUBE_APISERVER, RESERVED_INGRESS, RESERVED_HEALTH,
    RESERVED_INIT, RESERVED_UNMANAGED, NULL};

const char *const reserved_of_cluster[] = {RESERVED_HOST, RESERVED_REMOTE_NODE,
    RESERVED_INIT, RESERVED_INGRESS, RESERVED_HEALTH, RESERVED_UNMANAGED,
    RESERVED_KUBE_APISERVER, NULL};

const char *const reserved_of_world[] = {RESERVED_WORLD, RESERVED_WORLD_IPV4,
    RESERVED_WORLD_IPV6, NULL};

const char *const reserved_of_nodes[] = {RESERVED_HOST, RESERVED_REMOTE_NODE,
    RESERVED_HEALTH, RESERVED_INGRESS, NULL};

/* Entities that stand for whole parts of the world (semantics.md 5.6). */
static const struct {
	const char *entity, *aggregates[3];
} entities[] = {
    {"cluster", {RESERVED_AGGREGATE_CLUSTER}},
    {"cluster-mesh",
	{RESERVED_AGGREGATE_CLUSTER, RESERVED_AGGREGATE_CLUSTER_MESH}},
    {RESERVED_WORLD, {RESERVED_AGGREGATE_WORLD}},
    {RESERVED_REMOTE_NODE, {RESERVED_AGGREGATE_REMOTE_NODE}},
};

const char *const *
reserved_aggregates(struct str entity)
{
	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
		if (str_is(entity, entities[i].entity))
			return entities[i].aggregates;
	}
	return NULL;
}

bool
reserved_list_has(const char *const *list, struct str name)
{
	for (; *list; list++) {
		if (str_is(name, *list))
			return true;
	}
	return false;
}

enum sec_id_scope
sec_id_scope(uint32_t id)
{
	if (id < SEC_ID_POD_FIRST)
		return SCOPE_RESERVED;
	switch (id >> 24) {
	case 1:
		return SCOPE_CIDR;
	case 2:
		return SCOPE_REMOTE_NODE;
	}
	return SCOPE_CLUSTER;
}

const char *
sec_id_scope_name(enum sec_id_scope scope)
{
	switch (scope) {
	case SCOPE_RESERVED:
		return "reserved";
	case SCOPE_CLUSTER:
		return "cluster";
	case SCOPE_CIDR:
		return "cidr";
	case SCOPE_REMOTE_NODE:
		return "remote-node";
	}
	return NULL;
}

void
sec_id_worlds(const bool family[static 2], uint32_t ret[static 2])
{
	bool dual = family[0] && family[1];

	ret[0] = dual ? SEC_ID_WORLD_IPV4 : SEC_ID_WORLD;
	ret[1] = dual ? SEC_ID_WORLD_IPV6 : SEC_ID_WORLD;
}

uint32_t
sec_id_aggregate(uint32_t id, uint32_t cluster)
{
	if (sec_id_is_aggregate(id))
		return id;
	if (id < SEC_ID_WELL_KNOWN_FIRST)
		return 0;
	switch (sec_id_scope(id)) {
	case SCOPE_CIDR:
		return SEC_ID_AGGREGATE_WORLD;
	case SCOPE_REMOTE_NODE:
		return SEC_ID_AGGREGATE_REMOTE_NODE;
	case SCOPE_RESERVED:
	case SCOPE_CLUSTER:
		break;
	}
	return id >> 16 == cluster ? SEC_ID_AGGREGATE_CLUSTER
				   : SEC_ID_AGGREGATE_CLUSTER_MESH;
}
