/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The ipcache of a node against a bundle's; a part of node/compare.h.
 */

#include "node/compare.h"

void compare_prefixes(struct comparison *c, struct arena *a);
