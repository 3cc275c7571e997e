/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a port's name means in one filter (semantics.md 10.3).  Private to
 * pmap/.
 */

#include "pmap/pmap.h"

typedef VEC(struct pmap_name) name_vec;

/*
 * Appends to OUT, in A, what NAME means, whose tier, protocol, name and end are
 * those of a filter: at ingress on SUBJECT, at egress, where it is NULL, on the
 * peers.  Nothing: it has no number, or more than one where one has to do.
 */
void port_name_resolve(name_vec *out, struct arena *a, const struct world *w,
    const struct endpoint *subject, const struct pmap_name *name);
