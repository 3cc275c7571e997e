/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The pods that a HelmRelease of the chart app-template makes, as far as its
 * values tell: of this one chart it is known which labels they have.
 *
 * Source: bjw-s common library 4.1.1; up to 3 the label of a controller had
 * another key.
 */

#include "repo/repo.h"

/* Appends a workload for each controller of such releases; requires all else.
 */
void app_template_add(struct repo *r, struct arena *a);
