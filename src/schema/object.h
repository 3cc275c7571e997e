/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Kubernetes objects as decoded, and lists of them.  An object whose status is
 * not OBJECT_OK was reported and must not be used by later stages.
 */

#include "ast.h"
#include "base/str.h"
#include "base/vec.h"
#include "diag/diag.h"

enum object_status {
	OBJECT_OK,
	OBJECT_REJECTED_SCHEMA,   /* the API server refuses it */
	OBJECT_REJECTED_SANITIZE, /* the agent refuses it */
	OBJECT_REJECTED_PLATFORM, /* the platform of --profile refuses it */
	OBJECT_UNSUPPORTED,       /* Cilium takes it, cnpc does not model it */
	OBJECT_UNREAD,            /* valid, but no agent looks at it */
	OBJECT_OPEN,              /* a variable in it has no known value */
	OBJECT_IDLE,              /* valid, but nothing applies it */
};

/* "ok", or why the object is left out: the stage that turned it away. */
const char *object_status_name(enum object_status status);

struct object {
	enum ast_kind kind;    /* generated: AST_CILIUM_NETWORK_POLICY, ... */
	const char *kind_name; /* "CiliumNetworkPolicy" */
	struct span at;        /* the whole object */
	struct str name;       /* metadata.name, "" when absent */
	struct str ns;         /* metadata.namespace, or the default one for
				* namespaced kinds; "" for cluster scope */
	struct span name_at;
	bool context; /* from --cluster */
	bool stored;  /* as a cluster holds it: from there, or with a uid */
	bool idle;    /* nothing applies it: judged, and not in force */
	bool assumed; /* no file has it: it is concluded from another */
	enum object_status status;
	const struct diag *why; /* first violation; NULL when OBJECT_OK */
	const void *body;       /* the struct of ast.h for the kind */
};

struct object_list {
	VEC(struct object *) v;                  /* in input order */
	VEC(struct object *) of_kind[AST_KINDS]; /* the same, by kind */
	/* Policies that are not OBJECT_OK, in input order; since
	 * object_list_settle(). */
	VEC(struct object *) left_out;
	uint32_t skipped; /* objects of kinds that cnpc does not read */
};

/* Lists in A what is left out: no status changes any more. */
void object_list_settle(struct object_list *l, struct arena *a);

/* Whether a cluster has the policy, and not all of it is known. */
bool object_is_uncertain(const struct object *policy);

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

/* The entry of a key; NULL when there is none. */
const struct ast_str_pair *ast_str_map_find(const struct ast_str_map *m,
    struct str key);

/* Whether M has each pair of PART. */
bool ast_str_map_includes(const struct ast_str_map *m,
    const struct ast_str_map *part);

/* "ns/name"; the name alone when NS is "". */
struct str object_full_name(struct arena *a, struct str ns, struct str name);

/* Whether the kind is one of the policy kinds. */
bool ast_kind_is_policy(enum ast_kind kind);

/* Whether objects of the kind have a template for pods (Deployment, Job). */
bool ast_kind_is_workload(enum ast_kind kind);
