/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The number of each label set: Cilium's own for reserved ones, the one that
 * the cluster or a lock gives, else the next unused one.  The order of calls
 * decides who gets a number first; world_build() has it.  Private to ident/.
 * Source: semantics.md 5.1, 5.2.
 */

#include "diag/diag.h"
#include "ident/labels.h"

/* A label set, which becomes an identity when it has a number. */
struct numbered_labels {
	struct str text; /* sealed */
	struct label_set set;
	uint32_t id;             /* 0: none yet */
	struct span at;          /* what fixed the number */
	const struct cidr *cidr; /* its first prefix, or NULL */
	ident_idx_t idx;         /* once all are numbered */
};

struct numbering {
	struct arena *arena;
	struct arena seal; /* while one set is sealed */
	struct diag_sink *sink;
	const struct ir *ir;
	struct map by_text; /* sealed text -> struct numbered_labels * */
	struct map by_id;   /* number -> struct numbered_labels * */
	VEC(struct numbered_labels *) twins; /* of sets with another number */
	struct map locked; /* text -> struct numbered_labels *, by a lock */
	uint32_t next_cidr, next_node; /* where to look for unused ones */
};

void numbering_init(struct numbering *n, struct arena *a,
    struct diag_sink *sink, const struct ir *ir);
void numbering_free(struct numbering *n);

/* The entry of SET, which must not change after this. */
struct numbered_labels *numbering_labels(struct numbering *n,
    struct label_set *set);

/* The entry that equals SET; NULL: there is none. */
struct numbered_labels *numbering_find(struct numbering *n,
    struct label_set *set);

/* Assigns an unused ID to an unnumbered label set. */
void numbering_assign(struct numbering *n, struct numbered_labels *labels,
    uint32_t id);

/* Fixes the number that a set has as AT says; reports what contradicts it. */
void numbering_fix(struct numbering *n, struct numbered_labels *labels,
    uint32_t id, struct span at);

/* Adds the sets that every cluster has, except the host's. */
void numbering_add_reserved(struct numbering *n);

/*
 * Fixes the numbers of CiliumIdentity objects.  Of two with the same labels
 * both are identities, and pods have the first.
 */
void numbering_add_identities(struct numbering *n,
    const struct object_list *objects);

/* Numbers the sets that are well-known. */
void numbering_well_known(struct numbering *n);

/* Numbers all other sets, those of pods, in the order of their texts. */
void numbering_pods(struct numbering *n);

/* Numbers the set of a prefix unless it has a number. */
void numbering_prefix(struct numbering *n, struct numbered_labels *labels,
    const struct cidr *cidr);
