/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is known of addresses apart from pods: the prefixes that policies,
 * CIDR groups, DNS names and nodes speak of.  Each has labels of its own;
 * resolving makes of them the labels of its identity.  Source: semantics.md
 * 6.1, 6.2.
 */

#include "ident/labels.h"

struct prefix {
	struct cidr cidr;
	struct label_set labels; /* its own, after resolving the identity's */
};

struct prefix_table {
	struct arena *arena;
	const struct ir *ir;
	struct map by_cidr; /* struct cidr -> struct prefix */
	VEC(struct prefix *)
	v; /* after resolving by cidr_compare(), without /0 */
};

/* An empty table in A. */
void prefix_table_init(struct prefix_table *t, struct arena *a,
    const struct ir *ir);

/* Gives a prefix a label; the first one of a key stays. */
void prefix_add(struct prefix_table *t, const struct cidr *c, atom_t source,
    struct str key, struct str value);

/*
 * Every prefix takes over the labels of those around it, the longest first
 * and one cidr label at most; then what is a node keeps only its labels as a
 * node, and all else is of the world.
 */
void prefix_resolve(struct prefix_table *t);
