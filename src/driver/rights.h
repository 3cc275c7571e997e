/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a unit may still do once it reads what others wrote.
 */

#include "driver/unit.h"

/*
 * Leaves a process that writes to the output, if that is open, beside the lock
 * of identities and the report and, where the unit rewrites them, to the
 * inputs, and nowhere else (base/sandbox.h).  What the system refuses is in
 * u->failure.
 */
void rights_give_up(struct unit *u);
