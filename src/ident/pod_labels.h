/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The labels that Cilium gives a pod: its own, those of its namespace, the
 * cluster's name and the service account, without what the label filter
 * drops, the names of its ports, and if CIDR rules are for pods the prefixes
 * and CIDR groups of its addresses.  Where the snapshot has an identity of an
 * older agent, without these names, the pod is one that was not made again
 * since.  Private to ident/.  Source: semantics.md 4.1, 4.2,
 * 6.3, 10.3.
 */

#include "ident/label_filter.h"
#include "ident/numbering.h"
#include "ident/prefix.h"

/* What makes the labels of a pod. */
struct pod_description {
	struct str ns;
	const struct ast_str_map *labels; /* NULL: none */
	struct str account;
	struct named_ports ports;
	/* The longest prefix around its first address of a family, if CIDR
	 * rules are for pods and it has such an address. */
	bool has_address[2];
	const struct prefix *around[2]; /* NULL: none */
};

struct pod_labels {
	struct numbering *numbering;
	struct label_filter *filter;
	bool by_identity;      /* no CiliumEndpoint tells of pods' identities */
	struct map namespaces; /* name -> const struct ast_str_map * */
	struct map common;     /* namespace -> struct label_set * */
	struct map known; /* description as bytes -> struct numbered_labels * */
	struct pod_description last; /* and the labels found for it */
	struct numbered_labels *last_labels;
	struct buf key; /* for a look-up in known */
};

/* Namespaces are those of OBJECTS; a pod may be in one without an object. */
void pod_labels_init(struct pod_labels *p, struct numbering *n,
    const struct object_list *objects);

struct numbered_labels *pod_labels_find(struct pod_labels *p,
    const struct pod_description *d);

/* Appends PART with its length: parts in a row are an unambiguous key. */
void pod_labels_put_key(struct buf *key, struct str part);
