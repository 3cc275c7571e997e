/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The bundle: a directory with everything that a node needs to enforce the
 * policies, and a manifest that says what it was made from.  Here is what its
 * writer (bundle/write.h) and its reader (bundle/read.h) agree on;
 * cnpc-image(5) describes the files.
 */

#include <stddef.h>
#include <stdint.h>

struct ir_rule;

/* Names inside a bundle. */
#define BUNDLE_MANIFEST "manifest.json"
#define BUNDLE_SIGNATURE "manifest.sig"
#define BUNDLE_IDENTITIES "identities.json"
#define BUNDLE_ENDPOINTS "endpoints.json"
#define BUNDLE_L7 "l7.json"
#define BUNDLE_RULES "rules.json"
#define BUNDLE_OBJECTS "objects.bin"
#define BUNDLE_IPCACHE "maps/ipcache.img"
#define BUNDLE_PEERS "maps/peers.img"
#define BUNDLE_POLICIES "maps/policies.img"
#define BUNDLE_ROW_RULES "maps/rules.img"
#define BUNDLE_PROGRAM "programs/policy-" /* and its hash */

#define BUNDLE_FORMAT 7

/* The files that there is one of, but for the manifest, in its order. */
#define BUNDLE_KINDS 9
extern const char *const bundle_kinds[BUNDLE_KINDS];

/* The largest manifest that a reader accepts, and the largest other file. */
#define BUNDLE_MANIFEST_MAX ((size_t)1 << 30)
#define BUNDLE_FILE_MAX ((size_t)1 << 36)

/* The proxy port of redirect I is this plus I. */
#define BUNDLE_PROXY_PORT 10000

/* The number of a rule in BUNDLE_RULES; 0 for those that Cilium adds. */
uint32_t bundle_rule_number(const struct ir_rule *rule);

/* The proxy port of a redirect; 0 for none. */
uint16_t bundle_proxy_port(uint16_t redirect);
