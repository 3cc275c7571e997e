/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What policies name but do not hold: CIDR groups, Services and the backends
 * of Services.  Indexed once, before any policy is lowered; this is the one
 * place that reads Endpoints and EndpointSlices.
 */

#include "base/cidr.h"
#include "base/vec.h"
#include "ir/ir.h"

struct refs;

/* An address that a Service's traffic goes to, with the ports it has there. */
struct ref_backend {
	struct ip ip;
	const struct ast_endpoint_port *ports;
	uint32_t nports;
};

/* A Service with its backends, or backends whose Service is not known. */
struct ref_service {
	struct str ns, name;
	const struct ast_service *service; /* NULL: only backends are known */
	const struct label *labels;        /* of the Service */
	uint32_t nlabels;
	bool listed; /* there are Endpoints or an EndpointSlice of it */
	VEC(struct ref_backend) backends; /* that take traffic, as listed */
};

struct ref_services {
	VEC(struct ref_service *) v;
};

/* Backends that are no IP addresses are reported and left out. */
const struct refs *refs_new(struct ir *ir, struct diag_sink *sink,
    const struct object_list *objects);

bool refs_has_group(const struct refs *r, struct str name);

/* Whether two CIDR groups have other values for the label KEY. */
bool refs_groups_differ(const struct refs *r, struct str key);

/*
 * Whether what is not in the input does not exist: the input is all there is,
 * or a cluster's objects of that kind are in it; Services in their namespace.
 */
bool refs_knows_groups(const struct refs *r);
bool refs_knows_services(const struct refs *r,
    const struct ast_service_peer *item);

/* NULL: neither the Service nor a list of its backends is there. */
const struct ref_service *refs_service(const struct refs *r,
    struct arena *scratch, struct str ns, struct str name);

/*
 * Appends the Services that an item of toServices names (semantics.md 7.1),
 * in input order.  Words of the item's selector are added to IR's atoms.
 */
void refs_match(struct ir *ir, const struct ast_service_peer *item,
    struct ref_services *out);
