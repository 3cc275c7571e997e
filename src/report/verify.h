/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What `cnpc verify` found, as a table: a row a program.
 */

#include "kernel/verify.h"

void verify_table(struct buf *out, struct arena *a,
    const struct verify_report *r);
