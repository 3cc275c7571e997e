/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Names of ICMP types, which are per family and case-sensitive (semantics.md
 * 1.6).
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* The number of a type by name; false when the family has no such type. */
bool icmp_type_number(bool ipv6, struct str name, uint8_t *ret_type);
