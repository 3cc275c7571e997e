/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How the labels of an identity came about: which line of which input gave an
 * endpoint or an address each of them (semantics.md 4.1, 6.2).
 */

#include "diag/diag.h"
#include "ident/world.h"
#include "schema/object.h"

struct label_origin {
	const struct label *label;
	const char *text; /* "label of the pod", "rule for the prefix" */
	struct span at;   /* no place: nothing written says so */
};

typedef VEC(struct label_origin) label_origins;

/* An identity, and who has it. */
struct origin_subject {
	ident_idx_t ident;
	const struct endpoint *endpoint; /* NULL: none is asked about */
	const struct ip *ip; /* then the address; NULL: asked for by name */
};

/*
 * The origins of the labels of the subject's identity, in the order of its
 * labels; several rules may have asked for one prefix.
 */
void origins_find(label_origins *out, struct arena *a, const struct world *w,
    const struct object_list *objects, const struct origin_subject *of);
