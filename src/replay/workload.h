/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The pods of a workload, which a record names as Hubble does: the Deployment
 * and not its ReplicaSet.  Private to replay/.
 */

#include "replay/ends.h"

/* Fills by_workload. */
void replay_workloads_list(struct replay_ends *x);

/* The identities of its pods; NULL: the snapshot has none. */
const struct query_identities *replay_workload(const struct replay_ends *x,
    struct str ns, const struct record_workload *w);
