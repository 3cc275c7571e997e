/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Patches of a kustomization file: merges and JSON patches, with and without
 * a target, and their old spellings.
 */

#include "repo/kustomize.h"

/* `patches`: each has `path` or `patch`, and perhaps a `target`. */
void patch_all(struct kustomize *k, const char *dir, const struct ynode *list,
    struct build *b);

/* One entry of these. */
void patch_one(struct kustomize *k, const char *dir, const struct ynode *entry,
    struct build *b);

/* `patchesStrategicMerge`: paths, or the text of patches. */
void patch_merges(struct kustomize *k, const char *dir,
    const struct ynode *list, struct build *b);
