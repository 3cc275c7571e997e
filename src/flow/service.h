/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Services: which one an address and port belong to, and where their traffic
 * goes.  Cilium translates before it asks any policy, so a policy sees the
 * backend and its port (semantics.md 13.1).
 */

#include "flow/trace.h"

/* What a Service's port leads to. */
struct service_backend {
	const struct endpoint *endpoint; /* NULL: no pod of the snapshot */
	struct ip ip;                    /* family 0: not known */
	uint16_t port;
};

typedef VEC(struct service_backend) service_backends;

/*
 * The Service that takes what is sent to PORT of an address: its own one,
 * whatever the port, an external one, or a node's with a port for it.
 */
const struct object *service_at(const struct world *w,
    const struct object_list *objects, const struct ip *ip, uint8_t proto,
    uint16_t port);

/*
 * The Service port that PORT at IP maps to; IP is NULL for the Service's own
 * address.  NULL: there is none.
 */
const struct ast_service_port *service_port(const struct object *service,
    const struct ip *ip, uint8_t proto, uint16_t port);

/* Whether clients connect to the pods themselves. */
bool service_is_headless(const struct object *service);

/* What is looked for, and where. */
struct service_question {
	const struct world *world;
	const struct object_list *objects;
	const struct object *service;
	const struct ast_service_port *port; /* NULL: headless */
	uint8_t proto;
	uint16_t asked; /* by the client: the port, when headless */
};

/*
 * Backends by the snapshot's Endpoints and EndpointSlices of the Service, or
 * by the labels of pods where it has none of these.  False: none was found by
 * labels, so there may be some that the input does not have.
 */
bool service_find_backends(service_backends *out, struct arena *a,
    const struct service_question *q);
