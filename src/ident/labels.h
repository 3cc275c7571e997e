/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Label sets under construction (semantics.md 3.1, 4.1, 4.2), and which labels
 * get into them.  A set holds one label a key; printing sorts it.
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

/* Splits "source:key=value"; what is not written is "". */
void label_split(struct str text, struct str *ret_source, struct str *ret_key,
    struct str *ret_value);

/* Which labels belong to an identity. */
struct label_filter;

/*
 * The agent's default filter with the patterns of PATTERNS added: a list
 * parted by white space of "[source:][!]pattern".  PATTERNS must pass
 * label_filter_check().
 */
const struct label_filter *label_filter_new(struct arena *a,
    struct str patterns, unsigned cilium);

/* The filter of nodes' labels: no defaults, so without PATTERNS all pass. */
const struct label_filter *label_filter_of_nodes(struct arena *a,
    struct str patterns);

/* Whether each pattern is a regular expression; else ERR says what is wrong. */
bool label_filter_check(struct str patterns, char *err, size_t errlen);

bool label_filter_takes(const struct label_filter *f, struct str source,
    struct str key);
