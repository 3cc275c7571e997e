/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What `kubectl kustomize` makes of a folder, as far as it concerns kinds that
 * cnpc reads: resources, components, namespace, names, labels, patches.
 *
 * What kustomize would refuse is reported at its place, and the rest is
 * built all the same.  What cannot be known here, because it is elsewhere or
 * not understood, is reported as well and makes the build incomplete.
 */

#include "repo/tree.h"

/* An object of a build. */
struct built {
	const struct ynode *node;     /* as it is now */
	const struct ynode *original; /* as in its file */
	bool doubtful;                /* an edit of it was not understood */
};

struct build {
	VEC(struct built) v;
	bool refused;    /* kustomize fails: nothing is applied */
	bool incomplete; /* something of it is not here */
};

struct kustomize {
	struct arena *arena;
	struct diag_sink *sink;
	struct tree *tree;
	uint32_t depth; /* of folders in folders */
};

/*
 * Builds the folder DIR as the kustomization FILE says, which may be an edited
 * one.  *ret_build grows in k->arena.
 */
void kustomize_build(struct kustomize *k, const char *dir,
    const struct ynode *file, struct build *ret_build);

/* The folders and files that FILE, in DIR, names: FN is called with each. */
void kustomize_names(struct kustomize *k, const char *dir,
    const struct ynode *file, void (*fn)(void *arg, const char *path),
    void *arg);

/* The field of a kustomization file, whose names are free in case. */
const struct ynode *kustomize_field(const struct ynode *file, const char *name);

/* Whether it is a Component, which is part of others and no build. */
bool kustomize_is_component(const struct ynode *file);

/* The objects of a document: its own, or the items of a list. */
void kustomize_unfold(struct arena *a, const struct ynode *doc,
    struct build *to);
