/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Policies inside of other objects: what an admission controller generates,
 * what a chart's values carry, manifests in a ConfigMap.  They are found by
 * their form: a map with the apiVersion and the kind of a policy.
 */

#include "repo/kustomize.h"

/* Adds the policies in DOC, itself not counted, to TO. */
void embedded_find(struct tree *t, const struct ynode *doc, struct build *to);
