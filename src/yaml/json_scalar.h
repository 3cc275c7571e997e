/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Strings, numbers and literals of JSON.  Each starts at r->p and leaves r->p
 * after the value; false after a fault.  Private to yaml/.
 */

#include "yaml/json_value.h"

/* At a quote. */
bool jread_string(struct jread *r, struct str *ret_value);

/* At a digit or a minus. */
bool jread_number(struct jread *r, struct ynode *n);

/* Skips TEXT, if that is what comes next. */
bool jread_literal(struct jread *r, struct str text);
