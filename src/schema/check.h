/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Checks of values and of whole structs against the schema.  What is wrong is
 * reported and rejects the object; decoding goes on.  Private to schema/.
 */

#include "schema/table.h"
#include "yaml/ytree.h"

struct decoder;

/* Checks a string against everything that its type says. */
void check_str(struct decoder *d, const struct schema_type *t, struct str v,
    struct span at);

/* Checks an integer's range. */
void check_int(struct decoder *d, const struct schema_type *t, int64_t v,
    struct span at);

/* Checks a list's length and, for a set, that no string is in it twice. */
void check_list(struct decoder *d, const struct schema_type *t,
    const struct ynode *n);

/*
 * Checks which fields are PRESENT (bit i: fields[i]) against what is required
 * and against the struct's rules, then runs the struct's own check.
 */
void check_struct(struct decoder *d, const struct schema_struct *st,
    uint64_t present, struct span at, const void *body);
