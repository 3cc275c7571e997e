/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The bundle: a directory with everything that a node needs to enforce the
 * policies, and a manifest that says what it was made from.  cnpc-image(5)
 * describes the files.
 *
 * The same inputs, options and version give the same bytes; no time, host or
 * directory gets in.  The kernel is not asked here: the manifest says of every
 * program "not run" until `cnpc verify` replaces that by what it found.
 */

#include <stdint.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/work.h"
#include "diag/diag.h"
#include "diag/source.h"
#include "bundle/image.h"
#include "pmap/pmap.h"

/* Names inside a bundle. */
#define BUNDLE_MANIFEST "manifest.json"
#define BUNDLE_IDENTITIES "identities.json"
#define BUNDLE_ENDPOINTS "endpoints.json"
#define BUNDLE_L7 "l7.json"
#define BUNDLE_IPCACHE "maps/ipcache.img"
#define BUNDLE_PEERS "maps/peers.img"
#define BUNDLE_POLICIES "maps/policies.img"

#define BUNDLE_FORMAT 3

/* The largest file that a reader accepts. */
#define BUNDLE_FILE_MAX ((size_t)1 << 36)

/* The proxy port of redirect I is this plus I. */
#define BUNDLE_PROXY_PORT 10000

struct bundle_options {
	const char *version;        /* of cnpc */
	struct source_set *sources; /* what was read, in order */
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

/* Every file of a bundle, in memory. */
struct bundle {
	struct bundle_summary summary;
	VEC(struct bundle_file {
		const char *name; /* inside the bundle */
		struct str bytes;
		char hash[HASH_STRLEN]; /* of the bytes; not the manifest's */
	}) files;                       /* the manifest is the last one */
};

/*
 * Makes the files for M in A and the arenas of POOL.  What is wrong with the
 * policies goes to SINK; when that is an error, there is no bundle to write.
 */
void bundle_make(struct bundle *ret_bundle, struct pool *pool, struct arena *a,
    struct diag_sink *sink, const struct bundle_options *opt,
    const struct pmaps *m);

/*
 * Writes the files to DIR, which is made or replaced: all of them, or nothing
 * at all.  Returns 0 or the errno value of what failed; EEXIST when DIR is
 * there, is not empty, and is no bundle.
 */
int bundle_write(const struct bundle *b, struct arena *a, const char *dir);

/* The proxy port of a redirect; 0 for none. */
uint16_t bundle_proxy_port(uint16_t redirect);
