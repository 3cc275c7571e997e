/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule fails by its peers or by its ports; by both, it is about something
 * else.  Of peers only those by labels can be nearly met, all but one of their
 * requirements.
 */
#include "flow/near.h"

#include <stdlib.h>

#include "ir/selector.h"

/* A rule that fails by one condition, and how far it is. */
struct candidate {
	struct near_rule found;
	uint32_t distance; /* among those of one condition */
};

static const struct label *
label_of(const struct ir_req *q, const struct identity *id)
{
	for (uint32_t i = 0; i < id->nlabels; i++) {
		if (selector_req_names(q, &id->labels[i]))
			return &id->labels[i];
	}
	return NULL;
}

/* Whether a requirement is a label's of its own, which can be written. */
static bool
is_plain(const struct ir_req *q)
{
	return !q->is_cidr && !q->by_key && !q->any_key;
}

/* The requirement of S that alone is not met; NULL: there are more, or none. */
static const struct ir_req *
only_failure(const struct ir *ir, const struct ir_selector *s,
    const struct identity *id)
{
	const struct ir_req *failed = NULL;

	for (uint32_t i = 0; i < s->nreq; i++) {
		if (selector_met(ir, &s->req[i], 1, id->labels, id->nlabels))
			continue;
		if (failed || !is_plain(&s->req[i]))
			return NULL;
		failed = &s->req[i];
	}
	return failed;
}

static void
keep_nearer(struct candidate *best, const struct near_rule *found,
    uint32_t distance)
{
	if (best->found.condition != NEAR_NONE &&
	    (found->condition > best->found.condition ||
		(found->condition == best->found.condition &&
		    distance >= best->distance)))
		return;
	*best = (struct candidate){*found, distance};
}

/* R's ports are met: its peers may be but for one label. */
static void
try_peers(struct candidate *best, const struct match_packet *p,
    const struct ir_rule *r, const struct ir_port *port)
{
	const struct ir *ir = p->w->ir;
	const struct identity *id;

	if (p->peer.i == PMAP_NOBODY.i)
		return;
	id = world_identity(p->w, p->peer);
	for (uint32_t i = 0; i < r->npeers; i++) {
		const struct ir_peer *peer = &r->peers[i];
		const struct ir_req *q = peer->endpoints
		    ? only_failure(ir, peer->selector, id)
		    : NULL;
		struct near_rule found;

		/* With nothing else in common, it is about somebody else. */
		if (!q || peer->selector->nreq < 2)
			continue;
		found = (struct near_rule){NEAR_LABEL, r, peer, port, q,
		    label_of(q, id)};
		if (atom_eq(q->key, ir->word.pod_namespace))
			found.condition = NEAR_NAMESPACE;
		keep_nearer(best, &found, found.label ? 0 : 1);
	}
}

/* R's peers are met: a port of it may be near. */
static void
try_ports(struct candidate *best, const struct match_packet *p,
    const struct ir_rule *r, const struct ir_peer *peer)
{
	for (uint32_t i = 0; i < r->nports; i++) {
		const struct ir_port *port = &r->ports[i];
		bool same = port->proto == p->proto;
		bool number = port->port != 0 && port->port == p->port;
		struct near_rule found = {
		    .condition = number ? NEAR_PROTOCOL : NEAR_PORT,
		    .rule = r,
		    .peer = peer,
		    .port = port,
		};

		if (same || number)
			keep_nearer(best, &found,
			    (uint32_t)abs(port->port - p->port));
	}
}

void
near_find(struct near_rule *ret, const struct match_packet *p)
{
	struct candidate best = {0};

	for (uint32_t i = 0; i < p->direction->nrules; i++) {
		const struct ir_rule *r = p->direction->rules[i].rule;
		const struct ir_peer *peer;
		const struct ir_port *port;

		if (!r->policy || r->verdict != IR_ALLOW)
			continue;
		peer = match_peer(p, r);
		port = match_port(p, r);
		if (port && !peer)
			try_peers(&best, p, r, port);
		else if (peer && !port)
			try_ports(&best, p, r, peer);
	}
	*ret = best.found;
}
