/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A port as policies write it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* A port as written: a number, or a service name. */
struct port_text {
	bool named;
	uint16_t number;
};

/*
 * IANA service name, or a number as Go's ParseUint reads it (semantics.md
 * 2.3): "010" is 8 and "0x50" is a name; a port left out is 0, that is, all
 * ports of the protocol.  False: none of these.
 */
bool port_parse(struct str text, struct port_text *ret_port);
