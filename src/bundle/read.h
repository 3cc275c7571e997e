/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Reads bundles, whoever may have touched them: whatever is returned as whole
 * has been checked.
 *
 * Each file that the manifest lists is there, is regular, is not reached
 * through a link, and has the size and the hash that are written; there is no
 * other file.  Every file is valid by itself, entry by entry and member by
 * member, and agrees with the others: nothing names an identity, address,
 * policy, rule, set or proxy that is not there.  The programs are those that
 * are made here for the images, and the manifest is the one that is made here
 * from the other files, byte by byte.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "base/work.h"
#include "bundle/factored.h"
#include "bundle/image.h"
#include "bundle/objects.h"
#include "bundle/program.h"
#include "cilium/direction.h"
#include "bundle/rules.h"
#include "bundle/sign.h"
#include "diag/diag.h"
#include "diag/source.h"
#include "yaml/ytree.h"

/* A policy as the manifest lists it. */
struct bundle_policy {
	struct span at;   /* in the manifest */
	struct str image; /* names inside the bundle */
	struct str program;
	struct str bytes;         /* of the image, factored */
	struct str object;        /* the program itself */
	uint32_t nentries;        /* of the map */
	uint32_t nrows[2];        /* of the image, by enum direction */
	uint32_t identity;        /* the first one that has the policy */
	VEC(uint32_t) proxies[2]; /* ports, ascending, by enum direction */
};

/* A rule: where the policy is that it is part of. */
struct bundle_rule {
	struct str kind, ns, name; /* of the policy */
	enum direction dir;
	struct str file; /* as it was given to the compiler */
	uint32_t line, col;
};

struct bundle_identity {
	uint32_t id;
	bool has_prefix;
	struct cidr prefix;         /* the first one */
	const struct ynode *labels; /* a list of strings */
};

struct bundle_endpoint {
	struct str ns, name; /* a node has no namespace */
	uint32_t identity;
	VEC(struct ip) ips;
	const struct bundle_policy *policy; /* NULL: it has none */
	struct endpoint_rules rules;
};

struct bundle_content {
	bool whole;             /* else some error was reported */
	uint64_t device, inode; /* the directory itself */
	struct str text;        /* of the manifest */
	struct str digest; /* that it names; verifying does not change it */
	const struct public_key *signer; /* of the trusted ones, or NULL */
	const struct ynode *manifest;    /* the same as a tree */
	uint32_t nfiles;                 /* that the manifest lists */
	struct cluster_traits traits;
	struct image ipcache;
	struct peer_sets peers;
	struct str peers_bytes;                 /* the file of these */
	VEC(struct bundle_policy) policies;     /* in the manifest's order */
	VEC(struct bundle_identity) identities; /* by number */
	VEC(struct bundle_rule) rules;          /* [number - 1] */
	VEC(struct bundle_endpoint) endpoints;
	struct rule_lists lists; /* that endpoints' rules are numbers of */
};

/*
 * Reads the bundle in DIR into A, its manifest as a source of SET; POOL checks
 * the images.  Unless TRUSTED is NULL, one of these keys must have signed the
 * manifest, and nothing but it is read before that is known.  What is wrong
 * with the bundle is an error in SINK.  Returns 0 or the errno value of what
 * failed.
 */
int bundle_read(struct bundle_content *ret_content, struct pool *pool,
    struct arena *a, struct diag_sink *sink, struct source_set *set,
    const char *dir, const struct trusted_keys *trusted);

/*
 * The same of nothing but the objects and settings (bundle/objects.h), which is
 * much faster: the manifest, its signature and that one file are checked.  An
 * error in SINK: *RET_OBJECTS is not set.
 */
int bundle_read_objects(struct object_settings *settings,
    struct object_list *ret_objects, struct arena *a, struct diag_sink *sink,
    struct source_set *set, const char *dir,
    const struct trusted_keys *trusted);

/* What has these names, or this number; NULL: nothing. */
const struct bundle_endpoint *
bundle_find_endpoint(const struct bundle_content *c, struct str ns,
    struct str name);
const struct bundle_identity *
bundle_find_identity(const struct bundle_content *c, uint32_t id);

/*
 * The policy map of P entry by entry, in A.  All of them together would not fit
 * into memory.
 */
struct image bundle_policy_image(const struct bundle_content *c,
    struct arena *a, const struct bundle_policy *p);

/* The same of an endpoint that has a policy, with the rules of its entries. */
struct image bundle_endpoint_image(const struct bundle_content *c,
    struct arena *a, const struct bundle_endpoint *e);
