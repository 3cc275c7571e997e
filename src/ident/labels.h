/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Label sets under construction (semantics.md 3.1, 4.1, 4.2).  A set holds
 * one label a key; printing sorts it.
 */

#include "ident/ident.h"

struct label_set {
	VEC(struct label) v;
};

/* Adds a label, or replaces the one of the same key. */
void label_set_put(struct label_set *set, struct arena *a, struct label l);

/* Adds a label unless its key is taken; whether it did. */
bool label_set_add(struct label_set *set, struct arena *a, struct label l);

/* Sorts by printed text and returns the labels' texts joined with ';'. */
struct str label_set_seal(struct label_set *set, struct arena *a,
    const struct atom_table *atoms);

/* Whether a k8s label of this key belongs to an identity: the default
 * filter. */
bool label_relevant(struct str key, unsigned cilium);
