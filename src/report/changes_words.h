/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Changes in words: who, which ports, why.  What comes from input is made safe
 * to show.  Private to report/.
 */

#include "report/changes.h"

/* What a side makes of a connection: who drops it, or all that let it pass. */
void changes_put_answer(struct buf *out, const struct changes_report *r,
    int side, const struct change_answer *x);

/* "shop/web-0 -> shop/db-0 5432/tcp" */
void changes_put_witness(struct buf *out, const struct changes_report *r,
    const struct change_witness *w);
