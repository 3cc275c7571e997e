/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Variables that another tool fills in: ${NAME}, ${NAME:=value}, $(NAME),
 * {{ ... }}, and expressions as ${a.b}.
 */

#include "base/str.h"

/* The first variable in TEXT, with its brackets; "" when there is none. */
struct str variable_find(struct str text);

/* Whether TEXT holds one, so that it is not known. */
bool variable_in(struct str text);

/* How long the name at the start of TEXT is; 0: there is none. */
size_t variable_name_length(struct str text);
