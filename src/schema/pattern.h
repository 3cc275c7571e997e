/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Matching strings with the patterns of the schema files.  A pattern is known
 * by its index in schema_patterns.  Private to schema/.
 */

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/arena.h"
#include "base/str.h"

struct decoder;

/* All patterns, compiled, in A: [schema_npatterns]. */
pcre2_code **patterns_compile(struct arena *a);

/* The index of a pattern, which exists, by its name in the schema files. */
int pattern_index(const char *name);

/* Whether V matches a pattern. */
bool pattern_matches(struct decoder *d, int pattern, struct str v);

/* The pattern "label-value", without PCRE2. */
bool label_value_valid(struct str v);
