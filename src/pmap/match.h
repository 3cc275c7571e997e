/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which port of a rule a packet meets.  Private to pmap/.
 */

#include "pmap/pmap.h"

/*
 * The port of RULE, one of DIRECTION's, that PORT of PROTO matches; NULL: none.
 * WIDE: a range that starts at port 0 is every port, as the datapath takes it.
 */
const struct ir_port *match_port(const struct world *w,
    const struct pmap_direction *direction, const struct ir_rule *rule,
    uint8_t proto, uint16_t port, bool wide);
