/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requires a direction whose filters are resolved: they give names their
 * numbers.
 */
#include "pmap/match.h"

static bool
peer_matches(const struct match_packet *p, const struct ir_rule *r,
    const struct ir_peer *peer)
{
	const struct bitset *required =
	    r->verdict == IR_PASS ? NULL : p->direction->required[r->verdict];

	if (p->peer.i == PMAP_NOBODY.i)
		return peer->selector == p->w->ir->wildcard;
	return bitset_test(world_reached(p->w, peer->selector), p->peer.i) &&
	    (!peer->endpoints || !required || bitset_test(required, p->peer.i));
}

const struct ir_peer *
match_peer(const struct match_packet *p, const struct ir_rule *r)
{
	for (uint32_t i = 0; i < r->npeers; i++) {
		if (peer_matches(p, r, &r->peers[i]))
			return &r->peers[i];
	}
	return NULL;
}

/* What a port's name stands for in the direction; NULL: nothing. */
static const struct pmap_name *
named_port(const struct pmap_direction *direction, enum ir_tier tier,
    const struct ir_port *port)
{
	for (uint32_t i = 0; i < direction->nnames; i++) {
		const struct pmap_name *n = &direction->names[i];

		if (n->tier == tier && n->proto == port->proto &&
		    atom_eq(n->name, port->name))
			return n->port != 0 ? n : NULL;
	}
	return NULL;
}

/* Whether PORT of a rule of TIER matches P and all that follow up to LAST. */
static bool
port_matches(const struct match_packet *p, uint16_t last, enum ir_tier tier,
    const struct ir_port *port)
{
	uint16_t first = port->port, end = port->end;

	if (port->proto == 0)
		return true;
	if (port->proto != p->proto)
		return false;
	if (!atom_eq(port->name, p->w->ir->word.empty)) {
		const struct pmap_name *n =
		    named_port(p->direction, tier, port);

		if (!n)
			return false;
		first = n->port;
		end = n->end;
	}
	if (first == 0 && (end == 0 || end == UINT16_MAX || p->from_zero))
		return true;
	return p->port >= first && last <= (end > first ? end : first);
}

static const struct ir_port *
match_ports(const struct match_packet *p, uint16_t last,
    const struct ir_rule *r)
{
	for (uint32_t i = 0; i < r->nports; i++) {
		if (port_matches(p, last, r->tier, &r->ports[i]))
			return &r->ports[i];
	}
	return NULL;
}

const struct ir_port *
match_port(const struct match_packet *p, const struct ir_rule *r)
{
	return match_ports(p, p->port, r);
}

const struct ir_port *
match_key(const struct world *w, const struct pmap_direction *direction,
    const struct ir_rule *r, const struct pmap_key *key)
{
	struct match_packet p = {
	    .w = w,
	    .direction = direction,
	    .proto = key->proto,
	    .port = key->port,
	    .from_zero = key->port == 0, /* keys_fold_port_zero() */
	};

	return match_ports(&p,
	    (uint16_t)(key->port | UINT16_MAX >> key->port_bits), r);
}

bool
match_has_proxy(const struct ir_rule *r)
{
	for (uint32_t i = 0; i < r->nports; i++) {
		if (r->ports[i].l7)
			return true;
	}
	return false;
}
