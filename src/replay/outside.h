/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Ends outside the cluster, and addresses that nothing else is said of. Private
 * to replay/.
 */

#include "replay/ends.h"

/* Whether labels say that the end is outside; *RET_PREFIX is the longest prefix
 * that they name, family 0 for none. */
bool replay_is_outside(const record_label_vec *labels, struct cidr *ret_prefix);
bool replay_is_world(uint32_t identity);

/*
 * By its address; without one it is somebody in the prefix P, or in the world,
 * and who is not known.  NULL, or why nobody can tell.
 */
const char *replay_outside(struct replay_ends *x, const struct record *r,
    const struct record_end *e, const struct cidr *p, struct query_end *ret);

/* An address and nothing else. */
const char *replay_address(struct replay_ends *x, const struct record_end *e,
    struct query_end *ret);

/* Whether the destination is a Service's port on a node. */
bool replay_is_node_port(const struct replay_ends *x, const struct record *r,
    const struct record_end *e);
