/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The inverted index over identities' labels.  Each label of each identity is
 * one posting; postings lie in one array sorted by key, value and identity,
 * so "key exists" is a range of it and "key = value" a range of that.
 */

#include "ident/ident.h"

struct ident_index;

struct ident_index *ident_index_new(struct arena *a, const struct world *w);

/* Whether somebody with these labels meets Q, which is not about prefixes. */
bool ident_req_met(const struct ir_req *q, const struct label *labels,
    uint32_t n);

/*
 * The identities that meet all requirements, a new set in A.  SCRATCH is a
 * set over all identities to work in.
 */
struct bitset *ident_index_select(const struct ident_index *x, struct arena *a,
    struct bitset *scratch, const struct ir_selector *s);
