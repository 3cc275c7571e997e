/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Selectors of objects in kustomization files: `target` of a patch, `select`
 * of a replacement.  What a selector leaves out takes everything.
 */

#include "repo/kustomize.h"

/*
 * Whether TARGET takes the object, as it was or as it is.  Its names are
 * regular expressions for all of a name; of label selectors the forms "a=b"
 * and "a" are known, others take nothing.
 */
bool select_object(struct kustomize *k, const struct ynode *target,
    const struct built *o);
