/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The table of passes: the whole compiler, in order.
 */

#include "driver/unit.h"

struct pass {
	const char *name; /* of what it makes */
	void (*run)(struct unit *u);
	void (*dump)(struct buf *out, struct unit *u);
	void (*verify)(const struct unit *u); /* asserts; may be NULL */
};

extern const struct pass passes[]; /* behind the last: name NULL */
