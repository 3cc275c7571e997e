/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Mutual authentication, as a policy map's entry has it in one byte: the type,
 * and whether a rule says so itself.  0 is no authentication that anybody
 * spoke of.  Source: semantics.md 11.4, 12.1.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum auth_type {
	AUTH_DISABLED,
	AUTH_SPIRE,
	AUTH_ALWAYS_FAIL,
};

enum {
	AUTH_TYPE = 0x7f,
	AUTH_EXPLICIT = 0x80, /* a rule says so; else taken over from one */
};

/* The mode of a rule: "disabled", "required", "test-always-fail". */
const char *auth_mode(enum auth_type type);
bool auth_mode_parse(struct str mode, enum auth_type *ret_type);

/* The byte in words: "spire", "spire(derived)", "disabled"; "" for 0. */
const char *auth_print(uint8_t auth);
