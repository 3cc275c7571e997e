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
#include "diag/diag.h"
#include "diag/source.h"
#include "pmap/pmap.h"

/* Names inside a bundle. */
#define BUNDLE_MANIFEST "manifest.json"
#define BUNDLE_IDENTITIES "identities.json"
#define BUNDLE_ENDPOINTS "endpoints.json"
#define BUNDLE_L7 "l7.json"
#define BUNDLE_IPCACHE "maps/ipcache.img"
#define BUNDLE_PEERS "maps/peers.img"

#define BUNDLE_FORMAT 2

/* The proxy port of redirect I is this plus I. */
#define BUNDLE_PROXY_PORT 10000

struct bundle_options {
	const char *dir;            /* to be made or replaced */
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

/*
 * Writes the bundle of M, or nothing at all.  Returns 0 or the errno value of
 * what failed.  What is wrong with the policies goes to SINK; when that is an
 * error, nothing was written although 0 is returned.
 */
int bundle_write(struct arena *a, struct diag_sink *sink,
    const struct bundle_options *opt, const struct pmaps *m,
    struct bundle_summary *ret_summary);

/* The proxy port of a redirect; 0 for none. */
uint16_t bundle_proxy_port(uint16_t redirect);
