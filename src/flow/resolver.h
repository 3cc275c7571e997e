/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the ways to name an end share: a file for each (resolve_pod.c, ...),
 * put together by resolve.c.  They return false when they have reported an
 * error.  Private to flow/.
 */

#include "flow/service.h"
#include "flow/trace.h"

struct resolver {
	struct trace *t; /* being filled */
	struct arena *arena;
	struct diag_sink *sink;
	const struct world *world;
	const struct object_list *objects;
};

/* Where a finding about the question itself is. */
extern const struct span resolver_no_place;

/* Adds an end of the party: an identity, and the endpoint or NULL. */
struct trace_end *resolver_add(struct resolver *r, struct trace_party *p,
    ident_idx_t ident, const struct endpoint *e);

/* Adds the reserved identity NAME, which there is. */
void resolver_add_reserved(struct resolver *r, struct trace_party *p,
    struct str name);

/*
 * Endpoints that nothing tells apart are one end of a party.  END_OF finds it:
 * an empty map at first.
 */
void resolver_count(struct resolver *r, struct trace_party *p,
    struct map *end_of, const struct endpoint *e, uint16_t port);

/* Puts ends into an order that is the same for the same world. */
void resolver_sort(struct trace_party *p);

/* What namespaces there are, for a name in one without pods. */
void hint_namespaces(struct resolver *r, struct diag *d,
    const struct query_end *q);

bool resolve_pod(struct resolver *r, struct trace_party *p);
bool resolve_labels(struct resolver *r, struct trace_party *p);
/* Those of a workload; false, and nothing is reported: there are none. */
bool resolve_workload(struct resolver *r, struct trace_party *p);

bool resolve_address(struct resolver *r, struct trace_party *p);

/* A Service by its name. */
bool resolve_named_service(struct resolver *r, struct trace_party *p);

/* The ends that Service O, asked at IP or by its name, hands connections to. */
bool resolve_service(struct resolver *r, struct trace_party *p,
    const struct object *o, const struct ip *ip);

/*
 * A node as others see it, from its first address; with host policies it is
 * an endpoint.  False: its address is not known, and nothing is reported.
 */
bool resolve_node(struct resolver *r, struct trace_party *p,
    const struct node *node);

/*
 * With both ends there: what a Service's port on a node makes of the client,
 * and which backends it leaves.
 */
void resolve_client(struct resolver *r);

/* Whether the one pod of a party runs on the node: it is the host to it. */
bool resolve_is_own_node(const struct trace_party *p, struct str node);
