/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The policies of a bundle: an image for each distinct policy map, and the
 * programs that judge by them.
 */

#include "base/arena.h"
#include "base/str.h"
#include "bundle/factored.h"
#include "bundle/rules.h"
#include "diag/diag.h"
#include "pmap/pmap.h"

/* A program; all policies that its constants suit share it. */
struct program {
	const char *name; /* inside the bundle */
	struct str bytes;
};

/* A policy image with its program. */
struct policy {
	struct str bytes; /* of the image */
	const char *name; /* of the image: its hash */
	uint32_t nentries;
	const struct program *program;
	VEC(uint32_t) idents; /* that have the policy, ascending */
};

struct policies {
	VEC(struct policy *) list;      /* distinct ones, by first identity */
	VEC(struct program *) programs; /* distinct ones, as first needed */
	struct peer_sets peers;         /* that the images name */
	struct policy **of_class;       /* NULL: it has none */
	struct rule_lists rules;        /* which rules gave the entries */
	const struct endpoint_rules *rules_of_endpoint; /* [world.endpoints] */
};

/*
 * Makes the policies of all classes of M in A, for an ipcache of so many
 * entries.  A class has none when an agent cannot resolve it, or when it has
 * more entries than a map takes, which is an error in SINK.
 */
void policies_make(struct policies *ret_policies, struct arena *a,
    struct diag_sink *sink, const struct pmaps *m, uint32_t ipcache_entries);
