/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One connection on one side.  Private to change/.
 */

#include "change/change.h"

/* Whether a side has both ends of W. */
bool change_is_there(const struct actors *all, uint32_t side,
    const struct change_witness *w);

/* Of three sides, whether the third does the same as the second. */
bool change_does_as_second(const struct actors *all,
    const struct change_witness *w);

/* W as the side has it. */
struct flow change_flow(const struct actors *all, int side,
    const struct change_witness *w);

/* The first policy that is not known in full and may decide otherwise than J
 * has it; NULL when there is none. */
const struct object *change_uncertain(const struct actors *all, int side,
    const struct change_witness *w, const struct judgement *j);
