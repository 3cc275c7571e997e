/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Merging mappings by the key "<<".  Private to yaml/.
 */

#include "yaml/build.h"

/*
 * Pushes the members of FROM, the value of a "<<" at KEY_AT: a mapping, or a
 * sequence of mappings.  Anything else is reported and leaves the document
 * broken.  False when a limit was hit.
 */
bool yaml_merge(struct ybuild *b, const struct ynode *from, struct span key_at);
