/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who is there: the world model.  Objects of the snapshot and the prefixes of
 * the policies become identities, that is label sets with a number; every
 * endpoint, node and prefix maps to one.  Selectors resolve to sets of
 * identities through an inverted index.
 *
 * Identities have a dense index (ident_idx_t, 0..n-1, ascending by number)
 * that all sets are made of, and a numeric identity (sec_id_t) that is only
 * for maps and people.  Source: semantics.md 3, 4, 5, 6; numbering:
 * architecture.md 7.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/atom.h"
#include "base/bitset.h"
#include "base/cidr.h"
#include "base/json.h"
#include "base/vec.h"
#include "cilium/reserved.h"
#include "ident/aggregates.h"
#include "ir/ir.h"

typedef struct {
	uint32_t i;
} ident_idx_t;

typedef struct {
	uint32_t id;
} sec_id_t;

struct identity {
	sec_id_t id;
	const struct label *labels; /* by printed text, byte order */
	uint32_t nlabels;
	bool has_prefix; /* the first prefix that has this identity */
	struct cidr prefix;
	bool unenforced; /* a label with key "host": policy is off */
	bool always;     /* a label with key "init": default deny */
	uint32_t nendpoints;
};

/* A named container port; the name in lower case. */
struct named_port {
	atom_t name;
	uint8_t proto;
	uint16_t port;
};

/* Those of a pod: distinct names, in atom order. */
struct named_ports {
	const struct named_port *v;
	uint32_t n;
};

/* A named container port that some endpoint has. */
struct known_port {
	struct named_port port;
	/* Those with this number, and no other, for the name and protocol. */
	const struct bitset *idents;
};

/* A node of the cluster. */
struct node {
	struct str name;             /* "": known by its pods alone */
	bool local;                  /* the node of --node: its identity is 1 */
	const struct object *object; /* Node, else CiliumNode, or NULL */
	const struct ast_str_map *labels; /* NULL: none are known */
	const struct label *host_labels;  /* of its host endpoint */
	uint32_t nhost_labels;
	VEC(struct ip) ips; /* distinct */
};

/*
 * Who a policy can be for: a pod, or with the host firewall a node, which has
 * no namespace and the name of the node.
 */
struct endpoint {
	struct str ns, name;
	ident_idx_t ident;
	/* The Pod; a CiliumEndpoint without one; a workload whose template
	 * describes pods that do not exist yet; a Node. */
	const struct object *object;
	const struct node *host; /* for a node; NULL for pods */
	bool assumed;            /* no file has such a pod */
	const struct ip *ips;
	uint32_t nips;
	struct named_ports ports;
};

/* By namespace, then name; for qsort() and bsearch(). */
int endpoint_compare(const void *a, const void *b);

/* Longest-prefix map from address to identity; sorted by cidr_compare(). */
struct ipcache_entry {
	struct cidr prefix;
	ident_idx_t ident;
};

struct world {
	struct arena *arena;
	const struct ir *ir;
	VEC(struct identity) idents;    /* ascending ids */
	VEC(struct node) nodes;         /* by name */
	VEC(struct endpoint) endpoints; /* by namespace, then name */
	VEC(struct ipcache_entry) ipcache;
	VEC(struct known_port)
	known_ports; /* distinct; by name, protocol, number */
	const struct aggregates *aggregates;
	struct ident_index *index;
	const struct bitset **resolved; /* [selector index]; NULL: of no peer */
	const struct bitset **reached;  /* the same, with whom they stand for */
};

/*
 * Builds identities, endpoints, ipcache and index from the snapshot objects
 * and the policies' prefixes.
 */
void world_build(struct world *w, struct arena *a, struct diag_sink *sink,
    const struct ir *ir, const struct object_list *objects);

/* Resolves the selectors of all peers, each once. */
void world_resolve(struct world *w);

/* The identities that a peer's selector selects; the wildcard gives all. */
const struct bitset *world_selected(const struct world *w,
    const struct ir_selector *s);

/*
 * Those that the entries of a peer's selector are found for: it selects them or
 * the aggregate that stands for them.
 */
const struct bitset *world_reached(const struct world *w,
    const struct ir_selector *s);

/*
 * The identities that any selector selects, in A or shared.  Subjects are
 * asked for once, and most are few: a set of each would be the largest thing
 * in memory.
 */
const struct bitset *world_subjects(const struct world *w, struct arena *a,
    const struct ir_selector *s);

/* Whether a nodeSelector selects a node's host endpoint. */
bool world_selects_host(const struct world *w, const struct ir_selector *s,
    const struct node *node);

/* The index of a numeric identity; false when there is none. */
bool world_find_id(const struct world *w, sec_id_t id, ident_idx_t *ret_idx);

/*
 * The identity whose labels are these, no more and no less, as recorded flows
 * have them: "k8s:app=web", "reserved:host", in any order.  SCRATCH is for
 * this call.
 */
bool world_find_labels(const struct world *w, struct arena *scratch,
    const struct str *labels, size_t n, ident_idx_t *ret_idx);

/* Where in known_ports a name begins; the length when it does not occur. */
size_t world_known_port(const struct world *w, atom_t name);

/* The reserved identity of a name such as "host" or "world-ipv4". */
bool world_find_reserved(const struct world *w, struct str name,
    ident_idx_t *ret_idx);

/* The endpoint ns/name; NULL when there is none. */
const struct endpoint *world_find_endpoint(const struct world *w, struct str ns,
    struct str name);

/* The node NAME; NULL when there is none. */
const struct node *world_find_node(const struct world *w, struct str name);

/* The endpoint that ns/name is likely a slip for; NULL when none is near. */
const struct endpoint *world_near_endpoint(const struct world *w, struct str ns,
    struct str name);

/* The name of a pod's workload, as far as it says who owns it, or its own. */
struct str endpoint_workload(const struct endpoint *e);

/*
 * The identity of an address: longest prefix of the ipcache, else the world
 * identity of its family.  *ret_prefix gets the matching prefix (/0 on miss).
 */
ident_idx_t world_of_ip(const struct world *w, const struct ip *ip,
    struct cidr *ret_prefix);

/* A short name for people: "reserved:host", "cidr:10.0.0.0/8", or
 * "shop/app=web,tier=front" for pods. */
struct str identity_print(struct arena *a, const struct world *w,
    ident_idx_t idx);

/* The member "labels": an array of label_print() texts. */
void identity_json_labels(struct json *j, struct arena *a,
    const struct world *w, const struct identity *id);

static inline const struct identity *
world_identity(const struct world *w, ident_idx_t idx)
{
	return &w->idents.v[idx.i];
}

/* Checks the orders stated above; asserts.  Run between passes. */
void world_verify(const struct world *w);

/* For --dump=ident. */
void world_dump(struct buf *out, const struct world *w);
