/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the steps of world_build() share.  Private to ident/.
 *
 *   nodes.c      Node, CiliumNode, pods of the host network -> world.nodes
 *   prefix.c     prefixes of policies, groups, names, nodes -> their labels
 *   endpoints.c  Pod, CiliumEndpoint, workload templates    -> endpoints
 *   lock.c       IdentityLock -> numbers kept from earlier runs
 *   numbering.c  label sets -> numbers
 *   build.c      numbered label sets -> identities, the ipcache
 */

#include "ident/numbering.h"
#include "ident/prefix.h"

struct builder {
	struct world *w;
	struct diag_sink *sink;
	const struct object_list *objects;
	struct arena scratch; /* for what world_build() alone needs */
	struct numbering numbering;
	struct prefix_table prefixes;
	struct numbered_labels *host;                  /* identity 1 */
	VEC(struct numbered_labels *) endpoint_labels; /* of world.endpoints */
};
