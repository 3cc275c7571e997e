/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The nodes and their addresses: from Node and CiliumNode objects, and from
 * the pods of the host network, whose addresses are their node's.  Private to
 * ident/.  Source: semantics.md 5.5.
 */

#include "ident/build.h"

/* Fills world.nodes. */
void nodes_build(struct builder *b);
