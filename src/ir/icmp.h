/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ICMP types by name, per family (semantics.md 1.6).
 */

#include "ir/ir.h"

/* The number of a type name of a family; false when the family has none. */
bool icmp_type_parse(bool ipv6, struct str name, uint8_t *ret_type);

/*
 * A field as a port: protocol 1 or 58 with the type as port.  Types outside
 * 0..255 keep their meaning in the map: -1 is every type, 300 none.
 */
struct ir_port icmp_port(const struct ast_icmp_field *f);
