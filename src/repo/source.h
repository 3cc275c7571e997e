/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which repositories Kustomizations of Flux take their folders from: the one
 * that the input is of, or others, of which nothing is here.  Only what the
 * input itself says is evidence: the addresses in GitRepositories, the address
 * that Flux was installed from, and which source most Kustomizations name.
 */

#include "base/arena.h"
#include "base/vec.h"
#include "yaml/ytree.h"

/* A GitRepository of the input. */
struct source_repo {
	struct str name;
	struct str repo; /* owner and name in its address; "": not known */
};

struct source_repos {
	struct arena *arena;
	VEC(struct source_repo) v;
	VEC(struct source_use {
		struct str name;
		size_t n;
	}) uses;           /* what Kustomizations name, and how often */
	struct str synced; /* as repo, what Flux was installed from; or "" */
};

void source_repos_init(struct source_repos *s, struct arena *a);

/* Learns what the document N says. */
void source_repos_add(struct source_repos *s, const struct ynode *n);

/* Whether the Kustomization N takes its folder from another repository. */
bool source_is_other(const struct source_repos *s, const struct ynode *n);
