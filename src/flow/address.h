/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which node or endpoint has an address.  Private to flow/.
 */

#include "ident/world.h"
#include "schema/object.h"

/* Whether TEXT is the address IP, however it is written. */
bool address_is(const struct ast_str *text, const struct ip *ip);

/* The node with the address; NULL: there is none. */
const struct node *address_node(const struct world *w, const struct ip *ip);

/* The endpoint that NODE is under host policies; NULL without these, and for
 * NODE NULL. */
const struct endpoint *address_host(const struct world *w,
    const struct node *node);

/* The pod's endpoint with the address; NULL: there is none. */
const struct endpoint *address_endpoint(const struct world *w,
    const struct ip *ip);
