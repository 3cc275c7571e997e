/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One thing that changes between two worlds, and whether it is in a third as in
 * the second.  Private to change/.
 */

#include "change/change.h"
#include "change/portrait.h"

enum effect_kind {
	EFFECT_CONNECTION,
	EFFECT_ISOLATION,
	EFFECT_RULING,
	EFFECT_LABEL,
};

/* An end that can be found again where there are other actors. */
struct effect_end {
	const struct endpoint *pod; /* of the first world; or NULL, and then */
	bool is_address;
	struct ip ip;      /* an address, or else */
	uint32_t ident[2]; /* what has these identities */
};

struct effect {
	enum effect_kind kind;
	struct effect_end end[2]; /* of a connection; of isolation [0] */
	uint8_t proto;
	uint16_t port;
	enum direction dir;
	const struct object *object; /* of a ruling */
	const struct ruling *ruling; /* as it is after; NULL: not read */
	const struct label_change *label;
};

void effect_of_connection(struct effect *ret, const struct actors *all,
    const struct change_witness *w);
void effect_of_isolation(struct effect *ret, const struct actors *all,
    uint32_t actor, enum direction dir);

/* Whether it is in SIDE[2] as in SIDE[1]; BEFORE is of SIDE[0]. */
bool effect_shows(const struct effect *e, const struct portrait *before,
    const struct change_side side[3]);

/* Whether the list has the same label of the same pods. */
bool label_change_find(const label_change_vec *v, const struct label_change *x);
