/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A toy world through the whole compiler, against an oracle that reads the
 * rules plainly: who is there, what is refused, and the verdict for every
 * pod, direction, peer and interesting port, in either precedence model.
 * pmap_why() must say the same, and a world in another order give the same
 * maps.
 */

#include "worlds.h"

/* The first difference, in A; NULL when there is none: a world_fault. */
const char *verdicts_difference(struct arena *a, const struct toy *t);
