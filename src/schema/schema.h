/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Documents into objects: apiVersion and kind select a generated schema, and
 * one table-driven decoder fills the matching struct of ast.h.
 *
 * The decoder is the API server: it drops unknown fields (and reports them
 * with "did you mean"), and refuses what the CRD's validation refuses.  An
 * object with a violation gets the status OBJECT_REJECTED_SCHEMA; all
 * violations of an object are reported.
 */

#include "base/arena.h"
#include "base/vec.h"
#include "base/work.h"
#include "diag/diag.h"
#include "schema/object.h"
#include "yaml/ytree.h"

struct schema_options {
	unsigned cilium;       /* version, as of cilium/version.h */
	struct str default_ns; /* for namespaced objects without one */
};

/*
 * The schema made ready for one Cilium version: tables, options and compiled
 * patterns, all in A.  It is not changed by decoding, so several threads may
 * decode with one schema when their arenas, sinks and lists differ.
 */
struct schema;

struct schema *schema_new(struct arena *a, const struct schema_options *opt);

/* Whether some kind, or some kind of policy, in any group has that name. */
bool schema_knows_kind(struct str name, bool policy);

/* Whether a group of that name, in whatever version, has that kind of policy.
 */
bool schema_is_policy(struct str api, struct str kind);

/* Whether objects of that kind have a namespace; of unknown kinds they do. */
bool schema_is_namespaced(struct str name);

/* What is decoded on its own: a document, or an item of a List. */
struct schema_item {
	const struct ynode *node;
	struct str api, kind; /* its own or its list's, or "" */
	bool dns_cache;       /* to be read as an FQDNCache */
	bool context;
	bool idle;    /* judged, but not in force */
	bool assumed; /* no file has it, what it is is concluded */
};

struct schema_items {
	VEC(struct schema_item) v;
};

/*
 * Whether DOC, going by its form alone, is what schema_unfold() takes: an
 * object with a kind, an answer about DNS; or a list of objects, which it
 * refuses.
 */
bool schema_is_manifest(const struct ynode *doc);

/*
 * Adds what the node of DOC holds to ITEMS, in A: an object, each item of a
 * List, or the output of `cilium-dbg fqdn cache list -o json`, which is read
 * as an FQDNCache.  Where they are from is the same for all.
 */
void schema_unfold(struct schema_items *items, struct arena *a,
    const struct schema_item *doc);

/*
 * Decodes ITEMS in parallel and adds the objects, in the order of the items,
 * to LIST, which grows in A.  The objects live as long as POOL.  Unknown kinds
 * are only counted, which the summary of `cnpc compile` tells; a known kind
 * with an unknown apiVersion, or an item that is no object, is reported.
 */
void schema_decode_items(const struct schema *s, struct pool *pool,
    struct arena *a, struct arena *scratch, struct diag_sink *sink,
    const struct schema_items *items, struct object_list *list);

/*
 * Decodes NODE as an object of KIND, whatever it says that it is; NULL, and
 * reported, when it is no object at all.
 */
const struct object *schema_decode_as(const struct schema *s, struct arena *a,
    struct diag_sink *sink, const struct ynode *node, enum ast_kind kind);

/* Decodes all that one document holds, into A. */
void schema_decode(const struct schema *s, struct arena *a,
    struct diag_sink *sink, const struct ynode *doc, bool context,
    struct object_list *list);
