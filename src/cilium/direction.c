/* SPDX-License-Identifier: Apache-2.0 */
/* The names of the directions. */
#include "cilium/direction.h"

#include <stddef.h>

const char *
direction_name(enum direction dir)
{
	switch (dir) {
	case DIR_INGRESS:
		return "ingress";
	case DIR_EGRESS:
		return "egress";
	}
	return NULL;
}

bool
direction_find(struct str name, enum direction *ret_dir)
{
	for (int dir = 0; dir < 2; dir++) {
		if (str_is(name, direction_name((enum direction)dir))) {
			*ret_dir = (enum direction)dir;
			return true;
		}
	}
	return false;
}
