/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who reaches whom, of workloads or namespaces in place of single pods.
 */

#include "change/reach.h"

enum reach_by {
	REACH_BY_IDENTITY, /* as it is */
	REACH_BY_WORKLOAD,
	REACH_BY_NAMESPACE,
};

/*
 * Makes the sets of R, which answer Q, those of whole workloads or namespaces,
 * and of all that is outside: from one to one, on the ports on which some pair
 * of them passes.
 */
void reaches_group(struct reaches *r, enum reach_by by,
    const struct reach_question *q);
