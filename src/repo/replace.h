/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * `replacements` of a kustomization file: a field of one object is copied to
 * fields of others, or to a part of one.  Lists by their items' names are not
 * followed.
 */

#include "repo/kustomize.h"

/*
 * Carries out one replacement on B.  False when it has a form that is not
 * followed.
 */
bool replace_fields(struct kustomize *k, struct build *b,
    const struct ynode *replacement);
