/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Kubernetes objects as decoded: apiVersion and kind select a generated
 * schema, one table-driven decoder fills the matching struct of ast.h.
 *
 * The decoder is the API server: it prunes unknown fields (and reports them
 * with "did you mean"), and refuses what the CRD's validation refuses.  An
 * object with a violation has status OBJECT_REJECTED_SCHEMA and must not be
 * used by later stages; all violations of an object are reported.
 */

#include "ast.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "base/vec.h"
#include "base/work.h"
#include "diag/diag.h"
#include "yaml/ytree.h"

enum object_status {
	OBJECT_OK,
	OBJECT_REJECTED_SCHEMA,   /* the API server refuses it */
	OBJECT_REJECTED_SANITIZE, /* the agent refuses it */
	OBJECT_REJECTED_PLATFORM, /* the platform of --profile refuses it */
	OBJECT_UNSUPPORTED,       /* Cilium takes it, cnpc does not model it */
	OBJECT_UNREAD,            /* valid, but no agent looks at it */
};

/* "ok", or why the object is left out: the stage that turned it away. */
static inline const char *
object_status_name(enum object_status s)
{
	static const char *const name[] = {"ok", "schema", "sanitize",
	    "platform", "unsupported", "unread"};

	return name[s];
}

struct object {
	enum ast_kind kind;    /* generated: AST_CILIUM_NETWORK_POLICY, ... */
	const char *kind_name; /* "CiliumNetworkPolicy" */
	struct span at;        /* the whole object */
	struct str name;       /* metadata.name, "" when absent */
	struct str ns;         /* metadata.namespace, or the default one for
				* namespaced kinds; "" for cluster scope */
	struct span name_at;
	bool context; /* from --cluster */
	enum object_status status;
	const struct diag *why; /* first violation; NULL when OBJECT_OK */
	const void *body;       /* struct of ast.h named by ast_kind */
};

struct object_list {
	VEC(struct object *) v;                  /* in input order */
	VEC(struct object *) of_kind[AST_KINDS]; /* the same, by kind */
	uint32_t skipped; /* objects of kinds that cnpc does not read */
};

/* The next object of a kind at *NEXT that is OBJECT_OK; NULL at the end. */
struct object *object_next(const struct object_list *l, enum ast_kind kind,
    struct object ***next);

/* for (each object O of KIND in LIST that is OBJECT_OK), in input order */
#define OBJECT_FOREACH(o, list, kind)                                 \
	for (struct object * o, **o##_next = (list)->of_kind[kind].v; \
	     (o = object_next((list), (kind), &o##_next));)

/* The first of these; NULL when none is OBJECT_OK.  NS is "" in cluster scope.
 */
struct object *object_find(const struct object_list *l, enum ast_kind kind,
    struct str ns, struct str name);

/* What the versions and platform accept. */
struct schema_options {
	unsigned cilium;       /* 117, 118, 119, 120: minor version */
	struct str default_ns; /* for namespaced objects without one */
};

/*
 * The schema made ready for one Cilium version: tables, options and compiled
 * patterns, all in A.  It is not changed by decoding, so several threads may
 * decode with one schema when their arenas, sinks and lists differ.
 */
struct schema;

struct schema *schema_new(struct arena *a, const struct schema_options *opt);

/*
 * What is decoded on its own: a document, or an item of one that is a List.
 */
struct schema_item {
	const struct ynode *node;
	struct str api, kind; /* its own or its list's, or "" */
	bool dns_cache;       /* stands for an FQDNCache */
	bool context;
};

struct schema_items {
	VEC(struct schema_item) v;
};

/*
 * Adds what DOC holds to ITEMS, in A: an object, each item of a List, or what
 * an agent has learned from DNS, as `cilium-dbg fqdn cache list -o json`
 * prints it, for which an FQDNCache stands.
 */
void schema_unfold(struct schema_items *items, struct arena *a,
    const struct ynode *doc, bool context);

/*
 * Decodes ITEMS in parallel, in their order, into LIST, which grows in A; the
 * objects live as long as POOL.  Unknown kinds are counted and skipped
 * silently, which the summary of `cnpc compile` tells; a known kind with an
 * unknown apiVersion, or an item that is no object, is reported.
 */
void schema_decode_items(const struct schema *s, struct pool *pool,
    struct arena *a, struct arena *scratch, struct diag_sink *sink,
    const struct schema_items *items, struct object_list *list);

/* Decodes all that one document holds, into A. */
void schema_decode(const struct schema *s, struct arena *a,
    struct diag_sink *sink, const struct ynode *doc, bool context,
    struct object_list *list);

/* Whether the kind is one of the policy kinds (may be rejected or linted). */
bool ast_kind_is_policy(enum ast_kind kind);

/* Whether objects of the kind have a template for pods (Deployment, Job). */
bool ast_kind_is_workload(enum ast_kind kind);

/* JSON Schema (draft 2020-12) of a kind as cnpc reads it; false: no such
 * kind. KIND is the Kubernetes kind name, case-insensitive. */
bool schema_json(struct json *out, struct str kind, unsigned cilium);

/* The name of the I-th kind that is read, NULL behind the last.  A kind of
 * several versions comes more than once, in a row. */
const char *schema_kind_name(size_t i);

/* An indented dump of a decoded object for --dump=ast. */
void object_dump(struct buf *out, struct source_set *set,
    const struct object *o);
