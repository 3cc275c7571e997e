/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A bundle while it is read.  Private to read.c and read_*.c.
 */

#include "base/work.h"
#include "bundle/manifest.h"
#include "bundle/pack.h"
#include "bundle/read.h"

struct shape;

/* A direction of l7.json. */
struct l7_direction {
	enum direction dir;
	VEC(uint32_t) proxies; /* ports, ascending */
};

struct reading {
	struct pool *pool;
	struct arena *arena;
	struct diag_sink *sink;
	struct source_set *sources;
	const char *dir;
	int fd;                             /* of it */
	const struct trusted_keys *trusted; /* or NULL: anybody */
	struct map files;     /* name -> struct str *, of right content */
	struct pack images;   /* of the policies */
	const char **problem; /* of each policy's image, or NULL */
	VEC(uint32_t) ids;    /* all identities, ascending */
	VEC(struct manifest_redirect) redirects;
	VEC(struct l7_direction) l7;
	VEC(struct ipcache_record) addresses; /* of pods */
	struct bundle_content *ret;
};

/*
 * Begins to read the bundle in DIR; an errno value, which goes to
 * reading_finish() whatever it is.
 */
int reading_begin(struct reading *r, struct bundle_content *content,
    struct arena *a, struct diag_sink *sink, struct source_set *set,
    const char *dir, const struct trusted_keys *trusted);

/* The manifest, and whether it is signed as is asked for; 0 or an errno value.
 */
int reading_manifest_file(struct reading *r);

/* Whether the format is known; reported when it is not. */
bool reading_format(struct reading *r);

/* Ends with ERROR or 0; what is about the bundle is reported instead. */
int reading_finish(struct reading *r, int error);

/* Reports WHAT is wrong with the bundle, or with NAME in it. */
void reading_complain(struct reading *r, struct span at, const char *what,
    const char *name);

/* A member of the given kind; NULL, and reported, when there is none. */
const struct ynode *reading_member(struct reading *r, const struct ynode *n,
    const char *key, enum ynode_kind kind);

/* The text of such a member; no text, and reported, when there is none. */
struct str reading_string(struct reading *r, const struct ynode *n,
    const char *key);

/*
 * Reads the regular file NAME of at most MAX bytes, which is to have SIZE bytes
 * unless that is negative; EFBIG when it has not.
 */
int reading_open(struct reading *r, const char *name, int64_t size, size_t max,
    struct str *ret_text);

/* Whether an error is about the bundle and not about the system. */
bool reading_is_about_bundle(int error);

/*
 * Whether the manifest is signed as is asked for; reported when it is not.
 * Returns 0 or an errno value.
 */
int reading_signature(struct reading *r, bool *ret_ok);

/* Reads every file that the manifest lists; 0 or an errno value. */
int reading_outputs(struct reading *r);

/* Reads that one of them; 0 or an errno value. */
int reading_output(struct reading *r, struct str name);

/* A file that must be there; NULL, and reported, when it is not listed. */
const struct str *reading_file(struct reading *r, struct span at,
    struct str name);

/* False, and reported, when a file of maps/ has a PROBLEM. */
bool reading_is_image(struct reading *r, struct span at, const char *name,
    const char *problem);

/* Where a file is, as a source's name. */
const char *reading_path(const struct reading *r, struct str name);

/* The text of a file as a tree; NULL, and reported, when it is not JSON. */
const struct ynode *reading_json(struct reading *r, struct str name,
    struct str text);

/* The document NAME; NULL, and reported, when it is not of its shape. */
const struct ynode *reading_document(struct reading *r, const char *name,
    const struct shape *shape);

/* The identities; requires the ipcache and the sets. */
void reading_identities(struct reading *r);

/* Whether there is such an identity. */
bool reading_knows(const struct reading *r, uint32_t id);

/* The rules, the endpoints, and which rules gave them their entries; requires
 * identities and policies. */
void reading_rules(struct reading *r);

/* The ipcache and the addresses of endpoints are held against each other. */
void reading_addresses(struct reading *r);

/* What proxies check; requires rules, identities and redirects. */
void reading_l7(struct reading *r);

/* What is wrong with the member "l7" of an endpoint that has the policy P, or
 * with its absence; NULL: nothing.  Requires what proxies check. */
const char *reading_l7_problem(const struct reading *r,
    const struct ynode *refs, const struct bundle_policy *p);

/* The objects and settings are what a compiler can take. */
void reading_objects(struct reading *r);

/* The manifest is held against all that was read. */
void reading_manifest(struct reading *r);
