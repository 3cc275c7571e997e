/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Endpoints: pods of the snapshot, CiliumEndpoints without a Pod, workloads
 * without pods (templates.h) and, with the host firewall, nodes.  Private to
 * ident/.  Source: semantics.md 4.1, 4.3, 5.5.
 */

#include "ident/build.h"
#include "ident/pod_labels.h"

struct endpoints {
	struct builder *b;
	struct pod_labels labels;
	struct map status;            /* "ns/name" -> struct agent_status * */
	struct buf key;               /* for a look-up */
	VEC(struct named_port) ports; /* of one endpoint */
};

/* Fills world.endpoints except for ident: see builder.endpoint_labels. */
void endpoints_build(struct builder *b);

/* A new endpoint with the name of O. */
struct endpoint *endpoints_add(struct endpoints *p, const struct object *o,
    struct numbered_labels *labels, struct named_ports ports);

/* The named ports of a pod's containers. */
struct named_ports endpoints_ports(struct endpoints *p,
    const struct ast_pod_spec *spec);

/* An endpoint's name as a key, good until the next one. */
struct str endpoints_key(struct endpoints *p, struct str ns, struct str name);

/* A pod with its node's addresses has no endpoint. */
bool endpoints_on_host_network(const struct ast_pod_spec *spec);
