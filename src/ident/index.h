/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The inverted index over identities' labels.  Each label of each identity is
 * one posting; postings are one array sorted by key, value and identity,
 * so "key exists" is a range of it and "key = value" a range of that.
 */

#include "ident/world.h"

struct ident_index;

struct ident_index *ident_index_new(struct arena *a, const struct world *w);

/* The identity that has these labels and no other. */
bool ident_index_find(const struct ident_index *x, const struct label *labels,
    size_t n, ident_idx_t *ret_idx);

/* The identities that meet all requirements, a packed set in A. */
const struct bitset *ident_index_select(const struct ident_index *x,
    struct arena *a, struct arena *scratch, const struct ir_selector *s);
