/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whose an address is.  Private to flow/.
 */

#include "ident/ident.h"
#include "schema/object.h"

/* Whether TEXT is the address IP, however it is written. */
bool address_is(const struct ast_str *text, const struct ip *ip);

/* The name of the node with the address, or "". */
struct str address_node(const struct object_list *objects, const struct ip *ip);

/* The endpoint with the address; NULL: there is none. */
const struct endpoint *address_endpoint(const struct world *w,
    const struct ip *ip);
