/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The two directions of traffic, as seen from the subject of a policy.  The
 * numbers are those of a policy map's key (semantics.md 12.1).
 */

#include <stdbool.h>

#include "base/str.h"

enum direction {
	DIR_INGRESS,
	DIR_EGRESS,
};

/* "ingress", "egress". */
const char *direction_name(enum direction dir);

/* The direction of this name; false when there is none. */
bool direction_find(struct str name, enum direction *ret_dir);
