/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ports at which most peers are left to a rule are its first one and those
 * at which the ports of another one have ended: the others are not looked at.
 */
#include "lint/alone.h"

#include <netinet/in.h>

#include "lint/who.h"
#include "pmap/interval.h"
#include "pmap/match.h"

struct look {
	const struct ir_rule *rule;
	struct match_packet packet;
	const struct bitset *peers;         /* of the rule, who have packets */
	VEC(const struct ir_rule *) others; /* that could replace it for some */
	bool denies; /* what no rule allows, the rule gone, is dropped */
};

static bool
has_any_of(const struct world *w, const struct ir_rule *r,
    const struct bitset *peers)
{
	for (uint32_t i = 0; i < r->npeers; i++) {
		if (bitset_intersects(peers,
			world_reached(w, r->peers[i].selector)))
			return true;
	}
	return false;
}

/* Whether O could decide where R does. */
static bool
could_replace(const struct ir_rule *o, const struct ir_rule *r)
{
	return r->verdict != IR_DENY || o->verdict != IR_ALLOW;
}

static void
look_init(struct look *l, struct arena *a, const struct bitset *gone)
{
	const struct world *w = l->packet.w;
	const struct pmap_direction *d = l->packet.direction;
	const struct ir_rule *r = l->rule;

	l->peers = who_is_reached(a, w, r);
	l->denies = d->forced;
	for (uint32_t i = 0; i < d->nrules; i++) {
		const struct ir_rule *o = d->rules[i].rule;

		if (o == r || (o->policy && bitset_test(gone, o->index)))
			continue;
		l->denies |= o->default_deny;
		if (could_replace(o, r) && has_any_of(w, o, l->peers))
			*vec_push(&l->others, a) = o;
	}
}

/* One for whom R alone can decide about the packet. */
static ident_idx_t
own_peer(struct look *l, struct arena *a)
{
	struct bitset *left = bitset_dup(a, l->peers);
	const struct bitset *named;

	l->packet.from_zero = true;
	for (size_t i = 0; i < l->others.n && !bitset_empty(left); i++) {
		const struct ir_rule *o = l->others.v[i];

		if (!match_port_of_peers(&l->packet, o, a, &named))
			continue;
		for (uint32_t k = 0; k < o->npeers; k++)
			bitset_andnot(left,
			    world_reached(l->packet.w, o->peers[k].selector));
	}
	l->packet.from_zero = false;
	return (ident_idx_t){bitset_next(left, 0)};
}

/* Whether R alone decides what becomes of a packet to PORT. */
static bool
decides_alone_at(struct look *l, struct arena *a, uint16_t port)
{
	struct match_packet *p = &l->packet;
	enum pmap_verdict now;

	p->port = port;
	p->peer = own_peer(l, a);
	if (p->peer.i == l->peers->nbits)
		return false;
	now = pmap_lookup(p->direction, p->peer, p->proto, port).verdict;
	if (l->rule->verdict == IR_ALLOW)
		return l->denies && now != PMAP_DENIED && now != PMAP_NO_MATCH;
	return l->rule->verdict == IR_DENY && now == PMAP_DENIED;
}

/* The same where the ports of another rule have ended, in PORTS. */
static bool
decides_alone_after(struct look *l, struct arena *a, struct interval ports)
{
	VEC_FOREACH (o, &l->others) {
		for (uint32_t i = 0; i < (*o)->nports; i++) {
			const struct ir_port *q = &(*o)->ports[i];
			uint32_t next = interval_of_ports(q->port, q->end).end;

			if (next > ports.first && next < ports.end &&
			    decides_alone_at(l, a, (uint16_t)next))
				return true;
		}
	}
	return false;
}

bool
alone_decides(const struct world *w, const struct pmap_direction *d,
    const struct ir_rule *r, const struct bitset *gone, struct arena *a)
{
	struct look l = {.rule = r, .packet = {.w = w, .direction = d}};

	look_init(&l, a, gone);
	for (uint32_t i = 0; i < r->nports; i++) {
		const struct ir_port *port = &r->ports[i];
		struct interval ports =
		    interval_of_ports(port->port, port->end);

		l.packet.proto = port->proto ? port->proto : IPPROTO_TCP;
		if (decides_alone_at(&l, a, port->port) ||
		    decides_alone_after(&l, a, ports))
			return true;
	}
	return false;
}
