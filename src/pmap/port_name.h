/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The number that a port's name has in one filter (semantics.md 10.3).  False:
 * it has none, or more than one.  Private to pmap/.
 */

#include "ident/world.h"

/* Ingress: what it means on the subject itself. */
bool port_name_of_subject(const struct endpoint *subject,
    const struct ir_port *port, uint16_t *ret_port);

/*
 * Egress: what it means on everybody that a selector of the filter selects,
 * which are PEERS, or in old versions on all pods.
 */
bool port_name_of_peers(const struct world *w, const struct bitset *peers,
    const struct ir_port *port, uint16_t *ret_port);
