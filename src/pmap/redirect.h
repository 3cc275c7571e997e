/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Lists of redirects, where each has a number: its index, and 0 is none.  A
 * direction numbers its own by first use, so that directions can be resolved
 * in parallel; joining their lists in order gives the numbers that stay.
 * Private to pmap/ and to who compares maps.
 */

#include "pmap/pmap.h"

/* The number of a redirect in LIST, which gets it, in A, if it is new. */
uint16_t redirect_number(redirect_vec *list, struct arena *a,
    const struct pmap_redirect *redirect);

/*
 * Adds the redirects of FROM to LIST, in A.  The result gives each number of
 * FROM its number in LIST.
 */
const uint16_t *redirects_join(redirect_vec *list, struct arena *a,
    const redirect_vec *from);
