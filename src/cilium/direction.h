/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The two directions of traffic, as seen from the subject of a policy.  The
 * numbers are those of a policy map's key (semantics.md 12.1).
 */

enum direction {
	DIR_INGRESS,
	DIR_EGRESS,
};

/* "ingress", "egress". */
const char *direction_name(enum direction dir);
