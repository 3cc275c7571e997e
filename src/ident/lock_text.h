/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The lock of identities, which `cnpc compile --identity-lock` writes and
 * cnpc-identity-lock(5) describes.
 */

#include "ident/world.h"

/*
 * The text of a lock: every identity of W that has no number of its own by
 * nature, and what the locks among OBJECTS hold besides, marked as unused.
 */
struct str identity_lock_text(struct arena *a, const struct world *w,
    const struct object_list *objects);

/* Whether OBJECTS have a lock that was read from the source PATH. */
bool identity_lock_read(const struct source_set *sources,
    const struct object_list *objects, const char *path);
