/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which labels belong to an identity (semantics.md 4.2).
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"
#include "cilium/version.h"
#include "diag/diag.h"

struct label_filter;

/*
 * The agent's default filter with the patterns of PATTERNS added: a list
 * separated by white space of "[source:][!]pattern".  PATTERNS must pass
 * label_filter_check().
 */
struct label_filter *label_filter_new(struct arena *a, struct str patterns,
    struct version cilium);

/* The filter of nodes' labels: no defaults, so without PATTERNS all pass. */
struct label_filter *label_filter_of_nodes(struct arena *a,
    struct str patterns);

/* Whether each pattern is a regular expression; else ERR says what is wrong. */
bool label_filter_check(struct str patterns, char *err, size_t errlen);

bool label_filter_takes(struct label_filter *f, struct str source,
    struct str key);

/* Reports if label_filter_takes() once gave up on a pattern. */
void label_filter_report(const struct label_filter *f, struct diag_sink *sink);
