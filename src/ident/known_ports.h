/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which identities give a port name which number.  Private to ident/.
 * Source: semantics.md 10.3.
 */

#include "ident/world.h"

/* Fills world.known_ports.  Endpoints have their identities. */
void known_ports_list(struct world *w);
