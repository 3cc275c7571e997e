/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Pods that are not there yet: a workload without any pod in the snapshot is
 * one endpoint, made from its template.  Private to ident/.
 */

#include "ident/endpoints.h"

/* Adds these endpoints; those of the snapshot's pods must be there. */
void templates_add(struct endpoints *p);
