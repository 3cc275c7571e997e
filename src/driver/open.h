/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Objects with variables whose values are not known, and objects that nothing
 * applies: both are judged, and not in force.
 */

#include "driver/unit.h"

/*
 * A value that is not known is no fault: takes back what was found in one, and
 * the refusals that follow from it.
 */
void open_forgive(struct unit *u);

/* Says of values of a wrong type that variables made them so. */
void open_explain(struct unit *u);

/*
 * Gives what is accepted so far and not in force its status, with a note.  A
 * bundle without a policy that the cluster has would let through too much, so
 * it is an error if there is to be one.
 */
void open_settle(struct unit *u);
