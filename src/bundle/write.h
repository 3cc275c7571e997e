/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Writes bundles: makes every file in memory, then puts the directory in place.
 *
 * The same inputs, options and version give the same bytes; no time, host or
 * directory gets in.  The kernel is not asked here: the manifest says of every
 * program "not run" until `cnpc verify` replaces that by what it found.
 */

#include <stdint.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/outdir.h"
#include "base/work.h"
#include "bundle/bundle.h"
#include "bundle/image.h"
#include "bundle/sign.h"
#include "diag/diag.h"
#include "diag/source.h"
#include "pmap/pmap.h"
#include "schema/schema.h"

struct bundle_options {
	const char *version;               /* of cnpc */
	struct source_set *sources;        /* what was read, in order */
	const struct object_list *objects; /* that were in it */
	struct schema_options schema;      /* by which they were read */
	const struct signing_key *key;     /* to sign with, or NULL */
};

struct bundle_summary {
	uint32_t identities;
	uint32_t endpoints;
	uint32_t prefixes;   /* in the ipcache */
	uint32_t classes;    /* subjects with their own policy */
	uint32_t images;     /* distinct ones */
	uint32_t programs;   /* distinct ones */
	uint32_t largest;    /* entries of the largest image */
	uint64_t entries;    /* in all images */
	uint32_t unresolved; /* classes that an agent cannot resolve */
};

struct bundle_file {
	const char *name; /* inside the bundle */
	struct str bytes;
	/* Of the bytes; not the manifest's and its signature's. */
	char hash[HASH_STRLEN];
	char sha256[SHA256_STRLEN]; /* "" in a bundle that is not signed */
};

typedef VEC(struct bundle_file) bundle_file_vec;

/* Every file of a bundle, in memory. */
struct bundle {
	struct bundle_summary summary;
	/* The last one is the manifest, or its signature after it. */
	bundle_file_vec files;
};

/*
 * Makes the files for M in A and the arenas of POOL.  What is wrong with the
 * policies goes to SINK; when that is an error, there is no bundle to write.
 */
void bundle_make(struct bundle *ret_bundle, struct pool *pool, struct arena *a,
    struct diag_sink *sink, const struct bundle_options *opt,
    const struct pmaps *m);

/*
 * Begins the directory of a bundle, which takes the place of DIR when it is
 * written.  Returns 0 or the errno value of what failed: EEXIST when DIR is
 * there, is not empty, and is no bundle; ELOOP when it is a link.  The caller
 * ends with outdir_close().
 */
int bundle_open(struct outdir *ret_dir, struct arena *a, const char *dir);

/*
 * Writes the files and puts the directory in place: all of it, or nothing at
 * all.  Returns 0 or the errno value of what failed.
 */
int bundle_write(const struct bundle *b, struct outdir *dir);
