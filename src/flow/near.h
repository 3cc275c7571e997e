/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * When no rule allows a connection: the one that would if a single condition
 * were otherwise.  Nothing is said where two conditions fail.
 */

#include "pmap/match.h"

/* The condition that fails, from the likeliest slip on. */
enum near_condition {
	NEAR_NONE, /* no rule is near */
	NEAR_NAMESPACE,
	NEAR_PROTOCOL, /* the port has the number */
	NEAR_LABEL,
	NEAR_PORT,
};

struct near_rule {
	enum near_condition condition;
	const struct ir_rule *rule;
	const struct ir_peer *peer; /* that is met, or but for the label is */
	const struct ir_port *port; /* likewise; of PORT the nearest one */
	const struct ir_req *req;   /* of NAMESPACE and LABEL: what is asked */
	const struct label *label;  /* that the peer has under its key; NULL */
};

/* The nearest rule for P, which no rule allows. */
void near_find(struct near_rule *ret, const struct match_packet *p);
