/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which version of Cilium a world has: semantics.md 14.
 */
#include "naive_parts.h"

static unsigned
minor_of(const struct toy *t)
{
	return t->cilium == 0 ? 20 : t->cilium / 100 % 100;
}

bool
naive_minor(const struct toy *t, unsigned minor)
{
	return minor_of(t) >= minor;
}

bool
naive_patch(const struct toy *t, unsigned minor, unsigned patch)
{
	return minor_of(t) == minor &&
	    (t->cilium == 0 || t->cilium % 100 >= patch);
}
