/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How the labels of an identity came about: which line of which input gave an
 * endpoint or an address each of them (semantics.md 4.1, 6.2).
 */

#include "diag/diag.h"
#include "ident/ident.h"
#include "schema/object.h"

struct label_origin {
	const struct label *label;
	const char *text; /* "label of the pod", "rule for the prefix" */
	struct span at;   /* no place: nothing written says so */
};

typedef VEC(struct label_origin) label_origins;

/*
 * The origins of the labels of IDENT, in the order of its labels; several
 * rules may have asked for one prefix.  E is the endpoint that has the
 * identity, or NULL, and then IP the address, NULL for an identity asked for
 * by name.
 */
void origins_find(label_origins *out, struct arena *a, const struct world *w,
    const struct object_list *objects, ident_idx_t ident,
    const struct endpoint *e, const struct ip *ip);
