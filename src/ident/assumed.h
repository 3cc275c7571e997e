/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Pods that are asked about, or that policies describe, and that are in no
 * file: where the input is no snapshot of a cluster, pods may come from a
 * chart.  Private to ident/.
 */

#include "ident/endpoints.h"

/* Adds these endpoints; requires all others. */
void assumed_add(struct endpoints *p);
