/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Argo CD: which Applications an ApplicationSet makes, as far as files tell,
 * and which files a folder without a kustomization gives.
 */

#include "repo/tree.h"

struct argo_apps {
	VEC(const struct ynode *) v; /* each with one `source` */
};

/* Whether N is an Application or an ApplicationSet. */
bool argo_is(const struct ynode *n);

/*
 * Adds the Applications that N stands for.  What only a cluster knows is
 * reported; such a set is one Application, without a namespace, if its path is
 * plain.
 */
void argo_expand(struct tree *t, const struct ynode *n, struct argo_apps *to);

/* The manifests that the Application N takes of the folder DIR, a list. */
const struct ynode *argo_files(struct tree *t, const struct ynode *n,
    const char *dir);
