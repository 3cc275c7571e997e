/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The cloud's groups that fromGroups and toGroups name.  The operator keeps
 * the addresses of each one in a CiliumCIDRGroup, under a label whose key is
 * made from the group's text.
 */

#include "base/map.h"
#include "base/str.h"
#include "schema/object.h"

/*
 * The key of the label by which a CiliumCIDRGroup holds the addresses of an
 * item of fromGroups or toGroups.  False: it has characters that would have to
 * be escaped.
 */
bool external_group_key(struct arena *a, const struct ast_group_peer *g,
    struct str *ret_key);

/* The keys that the snapshot's groups have, in A. */
void external_groups_find(struct map *ret_keys, struct arena *a,
    const struct object_list *objects);
