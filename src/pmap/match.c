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

/* What a question about the ports of a rule is about. */
struct port_question {
	const struct match_packet *p;
	uint16_t last; /* the ports are those from P's to this one */
	const struct ir_rule *rule;
};

static bool
range_matches(const struct port_question *q, uint16_t first, uint16_t end)
{
	if (first == 0 && (end == 0 || end == UINT16_MAX || q->p->from_zero))
		return true;
	return q->p->port >= first && q->last <= (end > first ? end : first);
}

/* The next meaning of a port's name from *AT on that matches; NULL: none. */
static const struct pmap_name *
next_meaning(const struct port_question *q, const struct ir_port *port,
    uint32_t *at)
{
	const struct pmap_direction *d = q->p->direction;

	while (*at < d->nnames) {
		const struct pmap_name *n = &d->names[(*at)++];

		if (n->tier == q->rule->tier && n->proto == port->proto &&
		    atom_eq(n->name, port->name) &&
		    range_matches(q, n->port, n->end))
			return n;
	}
	return NULL;
}

static bool
is_named(const struct match_packet *p, const struct ir_port *port)
{
	return !atom_eq(port->name, p->w->ir->word.empty);
}

/* The same of a port without a name. */
static bool
number_matches(const struct port_question *q, const struct ir_port *port)
{
	return port->proto == 0 ||
	    (port->proto == q->p->proto &&
		range_matches(q, port->port, port->end));
}

/*
 * Whether the rule selects the peer: by the entry of what stands for it nobody
 * is reached at a port that is for certain peers.
 */
static bool
selects_peer(const struct port_question *q)
{
	const struct world *w = q->p->w;

	for (uint32_t i = 0; i < q->rule->npeers; i++) {
		if (bitset_test(world_selected(w, q->rule->peers[i].selector),
			q->p->peer.i))
			return true;
	}
	return false;
}

static bool
name_matches(const struct port_question *q, const struct ir_port *port)
{
	const struct pmap_name *n;
	uint32_t at = 0;

	if (port->proto != q->p->proto)
		return false;
	while ((n = next_meaning(q, port, &at))) {
		if (!n->peers ||
		    (q->p->peer.i != PMAP_NOBODY.i &&
			bitset_test(n->peers, q->p->peer.i) && selects_peer(q)))
			return true;
	}
	return false;
}

const struct ir_port *
match_port(const struct match_packet *p, const struct ir_rule *r)
{
	struct port_question q = {p, p->port, r};

	for (uint32_t i = 0; i < r->nports; i++) {
		const struct ir_port *port = &r->ports[i];

		if (is_named(p, port) ? name_matches(&q, port)
				      : number_matches(&q, port))
			return port;
	}
	return NULL;
}

/* Adds the peers for whom a name matches to *SET; whether it is everybody. */
static bool
add_named_peers(const struct port_question *q, const struct ir_port *port,
    struct arena *a, struct bitset **set)
{
	const struct pmap_name *n;
	uint32_t at = 0;

	if (port->proto != q->p->proto)
		return false;
	while ((n = next_meaning(q, port, &at))) {
		if (!n->peers)
			return true;
		if (!*set)
			*set = bitset_new(a, n->peers->nbits);
		bitset_or(*set, n->peers);
	}
	return false;
}

/* Leaves in SET those that the rule selects. */
static void
keep_selected(const struct port_question *q, struct bitset *set,
    struct arena *a)
{
	struct bitset *selected = bitset_new(a, set->nbits);

	for (uint32_t i = 0; i < q->rule->npeers; i++)
		bitset_or(selected,
		    world_selected(q->p->w, q->rule->peers[i].selector));
	bitset_and(set, selected);
}

static bool
match_ports(const struct port_question *q, struct arena *a,
    const struct bitset **ret_peers)
{
	struct bitset *set = NULL;

	*ret_peers = NULL;
	for (uint32_t i = 0; i < q->rule->nports; i++) {
		const struct ir_port *port = &q->rule->ports[i];

		if (is_named(q->p, port) ? add_named_peers(q, port, a, &set)
					 : number_matches(q, port))
			return true;
	}
	if (set)
		keep_selected(q, set, a);
	*ret_peers = set;
	return set;
}

bool
match_port_of_peers(const struct match_packet *p, const struct ir_rule *r,
    struct arena *a, const struct bitset **ret_peers)
{
	struct port_question q = {p, p->port, r};

	return match_ports(&q, a, ret_peers);
}

bool
match_key(const struct world *w, const struct pmap_direction *direction,
    const struct ir_rule *r, const struct pmap_key *key, struct arena *a,
    const struct bitset **ret_peers)
{
	struct match_packet p = {
	    .w = w,
	    .direction = direction,
	    .proto = key->proto,
	    .port = key->port,
	    .from_zero = key->port == 0, /* keys_fold_port_zero() */
	};
	struct port_question q = {&p,
	    (uint16_t)(key->port | UINT16_MAX >> key->port_bits), r};

	return match_ports(&q, a, ret_peers);
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
