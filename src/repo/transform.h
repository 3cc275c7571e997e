/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * `transformers` of a kustomization file: configurations of kustomize's own,
 * for namespaces, labels and patches.
 */

#include "repo/kustomize.h"

/*
 * Carries out the configuration N, of the folder DIR, on B.  False when it is
 * none that is followed, and may change what is judged.
 */
bool transform(struct kustomize *k, const char *dir, const struct ynode *n,
    struct build *b);
