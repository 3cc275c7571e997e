/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Labels as text, and label sets under construction (semantics.md 3.1).  A set
 * holds one label a key; sealing sorts it.
 */

#include "ident/world.h"

struct label label_of(struct atom_table *atoms, atom_t source, struct str key,
    struct str value);

struct label_set {
	VEC(struct label) v;
};

/* Adds a label, or replaces the one of the same key. */
void label_set_put(struct label_set *set, struct arena *a, struct label l);

/* Adds a label unless its key is taken; whether it did. */
bool label_set_add(struct label_set *set, struct arena *a, struct label l);

/* Whether the set has a label with this source and key. */
bool label_set_has(const struct label_set *set, const struct atom_table *atoms,
    atom_t source, const char *key);

/* Sorts by printed text and returns the labels' texts joined with ';'. */
struct str label_set_seal(struct label_set *set, struct arena *a,
    const struct atom_table *atoms);

/* "k8s:app=web", "reserved:host", "cidr:10.0.0.0/8", into the arena. */
struct str label_print(struct arena *a, const struct atom_table *atoms,
    const struct label *l);

/* Splits "source:key=value"; missing parts are "". */
void label_split(struct str text, struct str *ret_source, struct str *ret_key,
    struct str *ret_value);
