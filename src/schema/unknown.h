/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Explaining what the schema does not know: fields and enum values.  Private
 * to schema/.
 */

#include "schema/table.h"
#include "yaml/ytree.h"

struct decoder;

/*
 * Reports PAIR of the map N, a field that the version of Cilium does not have,
 * with the likeliest reason: another version has it, it is another kind's, it
 * is misplaced or misspelt.
 */
void unknown_field(struct decoder *d, const struct schema_struct *st,
    const struct ynode *n, const struct ypair *pair);

/* The one of VALUES (up to a zero str) that V was probably meant to be. */
bool guess_value(const struct str *values, struct str v, struct str *ret_value);
