/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * objects.bin: the objects and settings that a bundle is made of, so that
 * connections can be judged where the manifests are not.  What the maps hold
 * is computed from them again, which takes a fraction of what reading manifests
 * does.  cnpc-image(5) describes the bytes.
 */

#include "base/arena.h"
#include "base/str.h"
#include "base/work.h"
#include "diag/source.h"
#include "ir/ir.h"
#include "pmap/pmap.h"
#include "schema/object.h"
#include "schema/schema.h"

/* What they are compiled with. */
struct object_settings {
	struct ir_options ir;
	struct pmap_options pmap;
	struct schema_options schema;
};

/* The file, in A. */
struct str objects_put(struct arena *a, const struct object_settings *settings,
    struct source_set *sources, const struct object_list *objects);

/*
 * Takes BYTES for such a file; what is read points into them and is in A.
 * Settings that a bundle does not have stay as they are.  False, with the
 * reason in *ret_problem, when something is wrong.
 */
bool objects_read(struct arena *a, struct str bytes,
    struct object_settings *settings, struct source_set *sources,
    struct object_list *ret_objects, const char **ret_problem);
