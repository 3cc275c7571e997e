/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What policies name but do not hold: CIDR groups, Services and the addresses
 * behind Services.  Indexed once, before any policy is lowered.
 */

#include "base/cidr.h"
#include "base/vec.h"
#include "schema/object.h"

struct refs;

/* A Service with its backends, or backends whose Service is not known. */
struct ref_service {
	struct str ns, name;
	const struct ast_service *service; /* NULL: only backends are known */
	VEC(struct cidr) backends;         /* /32 and /128 */
};

struct ref_services {
	VEC(struct ref_service *) v;
};

/* Backends that are no IP addresses are reported and left out. */
const struct refs *refs_new(struct arena *a, struct diag_sink *sink,
    const struct object_list *objects);

bool refs_has_group(const struct refs *r, struct str name);

/* Whether a backend is ready, or still serving while it ends. */
bool refs_takes_traffic(const struct ast_slice_conditions *c);

/* NULL: neither the Service nor backends of it are there. */
const struct ref_service *refs_service(const struct refs *r, struct str ns,
    struct str name);

/*
 * Appends the Services that an item of toServices names (semantics.md 7.1),
 * in input order.
 */
void refs_match(const struct refs *r, struct arena *a,
    const struct ast_service_peer *item, struct ref_services *out);
