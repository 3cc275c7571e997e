/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a world makes of the input besides verdicts: identities, policy maps,
 * what proxies are told, which objects it takes.  Two portraits say what is
 * different at all.  Private to change/, but for struct touch.
 */

#include "base/hash.h"
#include "base/map.h"
#include "change/actors.h"

/* How much of the input is otherwise in another world. */
struct touch {
	uint32_t pods;     /* whose identity has other labels */
	uint32_t prefixes; /* of the ipcache, whose identity does */
	uint32_t maps;     /* endpoints whose policy map has other entries */
	int64_t entries;   /* more of these in all maps, or fewer */
	uint32_t proxies;  /* endpoints whose proxies are told other rules */
	uint32_t hosts;    /* nodes of which other packets pass unasked */
	uint32_t ports; /* of Services on nodes, translated in another place */
	uint32_t objects; /* that are taken or refused otherwise */
};

struct fingerprint {
	uint8_t bytes[HASH_SIZE];
};

struct pod_portrait {
	const struct endpoint *pod; /* of that world */
	struct fingerprint map, proxies;
};

/* What becomes of an object. */
struct ruling {
	const struct object *object; /* of that world; NULL in a copy */
	enum object_status status;
	unsigned why; /* id of the finding; 0: none */
};

/* Of policies, and of what is not in force. */
struct rulings {
	VEC(struct ruling) v; /* in input order */
	struct map by_object; /* its place, kind and name -> index, plus one */
};

/* A label that pods get or lose. */
struct label_change {
	const char *label; /* "k8s:topology.kubernetes.io/zone" */
	bool after;        /* they have it now */
	uint32_t pods;
	struct fingerprint who; /* these pods */
};

typedef VEC(struct label_change) label_change_vec;

struct portrait {
	const struct change_side *side;
	const uint64_t *name;          /* [ident]: hash of its labels */
	VEC(struct pod_portrait) pods; /* by namespace and name */
	struct rulings rulings;
	uint32_t identities;       /* that pods have */
	uint32_t maps;             /* policy maps, each once */
	uint64_t entries, largest; /* in all of them, and in one */
	bool solicits, at_client;  /* what hosts and node ports go by */
	uint32_t hosts, ports;
};

void portrait_draw(struct portrait *ret, struct arena *a,
    const struct change_side *side);

/* What is otherwise in B than in A. */
void portrait_compare(struct touch *ret, const struct portrait *a,
    const struct portrait *b);

/* The labels that pods of both get or lose, in A. */
void portrait_list_labels(label_change_vec *ret, struct arena *a,
    const struct portrait *before, const struct portrait *after);

/* The ruling on O, an object of any world; NULL: it is not read. */
const struct ruling *ruling_find(const struct rulings *r,
    const struct object *o);

/* A copy in A, without the objects. */
void rulings_copy(struct rulings *ret, struct arena *a,
    const struct rulings *r);

/* Whether two rulings are the same. */
bool ruling_same(const struct ruling *a, const struct ruling *b);
