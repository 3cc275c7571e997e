/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Policies that differ, of which some subject or peer is not in the input.
 * Private to change/.
 */

#include "change/change.h"

/* Adds them to C, in A. */
void unseen_find(struct changes *c, struct arena *a, struct arena *scratch);
