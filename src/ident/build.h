/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the steps of world_build() share.  Private to ident/.
 *
 *   cover.c      Node, CiliumNode, pods of the host network -> world.nodes
 *   endpoints.c  Pod, CiliumEndpoint, workload templates    -> endpoints
 *   lock.c       IdentityLock -> numbers kept from earlier runs
 *   build.c      label sets and prefixes -> numbered identities, the ipcache
 */

#include "diag/diag.h"
#include "ident/labels.h"

/* A label set, which becomes an identity when it gets a number. */
struct group {
	struct str text; /* sealed */
	struct label_set set;
	uint32_t id;             /* 0: none yet */
	struct span at;          /* what fixed the number */
	const struct cidr *cidr; /* its first prefix, or NULL */
	ident_idx_t idx;         /* once all are numbered */
};

struct builder {
	struct world *w;
	struct diag_sink *sink;
	struct atom_table *atoms;
	const struct ir_words *word;
	const struct object_list *objects;
	const struct label_filter *filter;
	struct arena scratch;   /* for all that is only of use here */
	struct arena seal;      /* and while one set is sealed */
	struct map group_of;    /* sealed text -> struct group * */
	struct map group_by_id; /* number -> struct group * */
	struct map locked;      /* text -> struct group *, by a lock */
	struct group *host;     /* identity 1 */
	VEC(struct group *) endpoint_group; /* beside world.endpoints */
};

/* The group of a label set, which must not change any more. */
struct group *build_group(struct builder *b, struct label_set *set);

/* Fixes a group's number as AT says; reports what contradicts that. */
void build_fix_number(struct builder *b, struct group *g, uint32_t id,
    struct span at);

struct label build_label(struct builder *b, atom_t source, struct str key,
    struct str value);

/* Fixes the numbers that locks hold, of those who are there or not. */
void build_lock_numbers(struct builder *b);

/* The number, of the scope of FIRST, that a lock holds for a prefix's group. */
bool build_locked_number(struct builder *b, const struct group *g,
    uint32_t first, uint32_t *ret_id);

/* Fills world.nodes. */
void build_nodes(struct builder *b);

/* Fills world.endpoints, but for their identities: see endpoint_group. */
void build_endpoints(struct builder *b);
