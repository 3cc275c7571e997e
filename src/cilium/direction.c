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
