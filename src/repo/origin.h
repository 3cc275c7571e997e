/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Objects that say "build this folder, with these edits": Kustomizations of
 * Flux, Applications of Argo CD.
 */

#include "repo/kustomize.h"
#include "repo/subst.h"

/* A folder to build. */
struct origin {
	const struct ynode *object; /* who says so; NULL: nobody, a root */
	const char *dir;
	const struct ynode *file;  /* the kustomization, edited */
	const struct subst *subst; /* variables; NULL: none are filled in */
	struct str default_ns;     /* for objects without one; "": none */
	struct span default_ns_at;
};

/* Whether N is such an object. */
bool origin_is(const struct ynode *n);

/* Whether N is of KIND, and of a version of GROUP, which ends in a slash. */
bool origin_is_kind(const struct ynode *n, const char *group, const char *kind);

/* Where a HelmRelease puts objects that say no namespace; NULL: not known, or N
 * is none. */
const struct ynode *origin_release_namespace(const struct ynode *n);

/*
 * What Flux builds first, when N is a FluxInstance, or the release of the chart
 * that makes one: the Kustomization of its path.  Else, and where the path is
 * the root of whatever repository it means, NULL.
 */
const struct ynode *origin_sync(struct arena *a, const struct ynode *n);

/* Whether its variables are in other objects, which are built before. */
bool origin_borrows(const struct ynode *n);

/* Whether N may be such another object, for t->maps. */
bool origin_is_config_map(const struct ynode *n);

/*
 * Picks out, in each file of the input but the cluster's, what is of Flux or
 * Argo CD; then finds the folder that their paths begin at: the one below which
 * most of them exist.  It is the repository's root, or a part that is shipped
 * by itself.
 */
void origin_find_root(struct tree *t);

/* The folder that N names; "" where it names none that is in the tree. */
const char *origin_dir(struct tree *t, const struct ynode *n);

/* What N wants built; false, and reported: nothing that is here. */
bool origin_of(struct tree *t, const struct ynode *n,
    struct origin *ret_origin);

/*
 * The kustomization of the folder DIR: its own file, or one that lists every
 * YAML file below it, as Flux makes it where there is none.
 */
const struct ynode *origin_kustomization(struct tree *t, const char *dir,
    struct span at);
