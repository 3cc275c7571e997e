/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Addresses other than pods': the prefixes that policies, CIDR groups, DNS
 * names and nodes name.  Each has labels of its own; resolving turns them
 * into the labels of its identity.  Source: semantics.md
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
	v; /* after resolving by cidr_compare(); before 1.20 without /0 */
};

/* An empty table in A. */
void prefix_table_init(struct prefix_table *t, struct arena *a,
    const struct ir *ir);

/* Gives a prefix a label; the first one of a key stays. */
void prefix_add(struct prefix_table *t, const struct cidr *c, atom_t source,
    struct str key, struct str value);

/* The longest prefix of the table that an address is in; NULL: it is in none.
 */
const struct prefix *prefix_around(const struct prefix_table *t,
    const struct ip *ip);

/*
 * Every prefix inherits the labels of those around it, the longest first, with
 * at most one cidr label; one of IPv4 addresses written as IPv6 those around
 * these (semantics.md 6.7).  Nodes keep only their labels as nodes, and all
 * others have the world's label.
 */
void prefix_resolve(struct prefix_table *t);
