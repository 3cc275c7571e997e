/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Trees from one line of YAML and back, for tests of what edits them.
 */

#include "yaml/ytree.h"

/* The one document in TEXT, in A; the test fails where there is none. */
const struct ynode *flow_read(struct arena *a, const char *text);

/* N on one line: {a: [1, x]}; "(none)" for NULL. */
const char *flow_print(struct arena *a, const struct ynode *n);
