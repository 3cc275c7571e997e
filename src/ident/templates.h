/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Pods that do not exist yet: a workload without a pod in the snapshot is one
 * endpoint, made from its template.  Private to ident/.
 */

#include "ident/endpoints.h"

/* Adds these endpoints; requires those of the snapshot's pods. */
void templates_add(struct endpoints *p);
