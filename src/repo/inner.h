/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * YAML in a string of YAML: patches inside of a kustomization file,
 * manifests in a ConfigMap.
 */

#include "yaml/yaml_read.h"

/*
 * The documents that the string N holds.  Those of a literal block (|) have
 * the places of their text in the source; those of any other string that of
 * the string.  Text that is no YAML holds none.
 */
void inner_read(struct arena *a, const struct source_set *set,
    const struct ynode *n, struct ydocs *ret_docs);

/* The value that TEXT is as YAML, all of it at AT; the string when it is none.
 */
const struct ynode *inner_value(struct arena *a, struct str text,
    struct span at);
