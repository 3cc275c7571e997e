/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whose an address is, for those who ask before they have a question.
 */

#include "ident/world.h"
#include "schema/object.h"

/* Whether the snapshot has a pod, node or Service with the address. */
bool place_is_known(const struct world *w, const struct object_list *objects,
    const struct ip *ip);

/* Whether PORT of a node's address is a Service's. */
bool place_is_node_port(const struct world *w,
    const struct object_list *objects, const struct ip *ip, uint8_t proto,
    uint16_t port);
