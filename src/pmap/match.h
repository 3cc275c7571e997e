/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether a packet matches a rule of a direction, judged from the rule: its
 * peers and its ports, with what the direction knows about them, that is which
 * number a port name has and what rules require of peers.
 */

#include "pmap/pmap.h"

struct match_packet {
	const struct world *w;
	const struct pmap_direction *direction;
	ident_idx_t peer;
	uint8_t proto;
	uint16_t port;
	bool from_zero; /* a range that starts at port 0 is every port, as the
			 * datapath takes it (semantics.md 10.2) */
};

/* The peer, or the port, of R that P matches; NULL: none. */
const struct ir_peer *match_peer(const struct match_packet *p,
    const struct ir_rule *r);
const struct ir_port *match_port(const struct match_packet *p,
    const struct ir_rule *r);

/*
 * Whether some port of R matches P, whoever its peer is: *RET_PEERS has the
 * peers that a port name limits this to, in A; NULL: none.
 */
bool match_port_of_peers(const struct match_packet *p, const struct ir_rule *r,
    struct arena *a, const struct bitset **ret_peers);

/* The same for all packets of a key of DIRECTION. */
bool match_key(const struct world *w, const struct pmap_direction *direction,
    const struct ir_rule *r, const struct pmap_key *key, struct arena *a,
    const struct bitset **ret_peers);

/* Whether some port of R has a proxy. */
bool match_has_proxy(const struct ir_rule *r);
