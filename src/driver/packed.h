/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A unit from a bundle: what its policies and snapshot were, without the
 * manifests.
 */

#include "bundle/objects.h"
#include "bundle/sign.h"
#include "driver/unit.h"

/*
 * Takes objects and settings from the bundle in DIR, in place of the passes up
 * to sanitize; TRUSTED is as in bundle_read().  What is wrong with it is in
 * u->sink, or in u->failure; then later passes do not run.
 */
void unit_take_bundle(struct unit *u, const char *dir,
    const struct trusted_keys *trusted);

/* The same of S and of u->objects, which objects_read() has given.  False: an
 * agent refuses one of the policies. */
bool unit_take_objects(struct unit *u, const struct object_settings *s);
