/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What holds for all subjects.  Private to prove/.
 */

#include "base/bitset.h"
#include "base/vec.h"
#include "base/work.h"
#include "bundle/layout.h"
#include "ident/world.h"

#define NO_IDENTITY UINT32_MAX

/* The numbers that the pods of a cluster have for the name of a port. */
struct port_number {
	atom_t name;
	uint8_t proto;
	uint32_t *of;        /* [ident index]; 0: none, or more than one */
	struct bitset *used; /* the numbers that there are */
};

/* What is the same for all subjects. */
struct premises {
	const struct world *world;
	struct version cilium;
	const struct map_layout *layout;
	bool never, always; /* is anything enforced, whatever the rules are */
	bool localhost;     /* the host may always come in */
	const struct bitset **met; /* [selector index]: whose labels meet it */
	const uint32_t *aggregate; /* [ident index]: who stands for it */
	VEC(struct port_number) numbers;
	/* What Cilium adds itself. */
	struct ir_rule everyone, host, nobody;
};

/* Completes P, whose version, layout and settings are those of the bundle. */
void premises_init(struct premises *p, struct pool *pool, struct arena *a,
    const struct world *w);
