/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * manifest.json of a bundle: what it was made from, what is in it, and what the
 * kernel's verifier said of its programs.  cnpc-image(5) describes it.
 */

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "base/vec.h"
#include "bundle/policies.h"
#include "bundle/program.h"
#include "bundle/write.h"
#include "cilium/direction.h"
#include "cilium/reserved.h"
#include "yaml/ytree.h"

/* A policy: endpoints that have an image. */
struct manifest_policy {
	struct str image, program;
	uint64_t entries;
	VEC(uint32_t) ids; /* that have it, ascending */
};

struct manifest_options {
	struct str precedence;
	unsigned cilium;
	struct cluster_traits traits;
	struct str enforcement;
	bool allow_localhost;
	struct str cluster_name;
};

struct manifest_input {
	struct str name;
	uint64_t bytes;
	struct str hash;
	bool context;
};

struct manifest_redirect {
	struct str name;
	enum direction dir;
};

/* All that it says, but for the verifier's results. */
struct manifest_facts {
	struct str cnpc; /* the version that wrote it */
	struct manifest_options options;
	VEC(struct manifest_input) inputs;
	bundle_file_vec outputs; /* the other files of the bundle */
	uint64_t identities[SEC_ID_SCOPES];
	uint64_t endpoints;
	/* [proxy port - BUNDLE_PROXY_PORT - 1] */
	VEC(struct manifest_redirect) redirects;
	/* As endpoints first have them. */
	VEC(struct manifest_policy) policies;
};

/*
 * The file before anybody verified it.  Whoever writes a bundle and whoever
 * reads one makes it here, so that a reader can compare it byte by byte.
 */
struct str manifest_text(struct arena *a, const struct manifest_facts *m);

/* What is so of M.  OUTPUTS are the other files of the bundle. */
struct str manifest_json(struct arena *a, const struct bundle_options *opt,
    const struct pmaps *m, const struct policies *policies,
    const bundle_file_vec *outputs);

/* Prints what the verifier said of the I-th policy's program. */
typedef void manifest_result(struct json *j, const void *arg, size_t i);

/* The result of a bundle that was not verified: a manifest_result. */
void manifest_not_run(struct json *j, const void *arg, size_t i);

/*
 * Prints MANIFEST, an object that was read, as manifest_text() does: a manifest
 * of ours comes out as it was.  Results are PUT's, or, when that is NULL, those
 * that are there.
 */
struct str manifest_print(struct arena *a, const struct ynode *manifest,
    manifest_result *put, const void *arg);
