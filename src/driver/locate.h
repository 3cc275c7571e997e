/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Findings and the objects that they are in.
 */

#include "driver/unit.h"

/*
 * Sorts the findings of SINK, which are about U's sources, and gives each the
 * object that it is in and its fingerprint.
 */
void unit_locate(struct unit *u, struct diag_sink *sink);
