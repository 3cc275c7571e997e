/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where kustomize puts labels and names: a row for each place, as in its own
 * tables.  Kinds that it does not know, all of Cilium's among them, have a
 * name, a namespace and labels, and no selectors.
 */

#include "repo/edit.h"

enum label_reach {
	LABELS_PLAIN,     /* of objects */
	LABELS_TEMPLATES, /* and of the pods in templates */
	LABELS_SELECTORS, /* and of selectors */
};

/* N with LABELS, a map, as far as REACH says. */
const struct ynode *labels_add(struct arena *a, const struct ynode *n,
    const struct ynode *labels, enum label_reach reach);

/* N with LABELS at one more place, a fieldspec of `labels[].fields`. */
const struct ynode *labels_add_field(struct arena *a, const struct ynode *n,
    const struct ynode *labels, const struct ynode *fieldspec);

/* N with PREFIX and SUFFIX around its name; no policy's references follow. */
const struct ynode *labels_rename(struct arena *a, const struct ynode *n,
    struct str prefix, struct str suffix, struct span at);

/*
 * N in the namespace NS; with UNSET_ONLY when it has none.  A Namespace gets
 * it as its name.
 */
const struct ynode *labels_move(struct arena *a, const struct ynode *n,
    struct str ns, struct span at, bool unset_only);

/*
 * N in the namespace NS, but for a Namespace, and with it at the places
 * FIELDSPECS, a list, too; with UNSET_ONLY where there is none.
 */
const struct ynode *labels_move_fields(struct arena *a, const struct ynode *n,
    const struct ynode *ns, const struct ynode *fieldspecs, bool unset_only);
