/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rules say beside what they are likely to mean.  Split rules and empty
 * lists are seen in the lowered rules; whether there are only denials needs the
 * computed directions, since an allow may come from any policy.
 *
 * Source: semantics.md 3, 4, 9.
 */
#include "lint/meant.h"

#include "cilium/proto.h"
#include "diag_gen.h"

/* Whether R has no peer because no Service of its toServices is there. */
static bool
has_lost_services(const struct ir *ir, const struct ir_rule *r)
{
	VEC_FOREACH (s, &ir->lost_services) {
		if (s->at.source == r->at.source &&
		    s->at.start >= r->at.start && s->at.end <= r->at.end)
			return true;
	}
	return false;
}

/* Whether R goes for everybody because it names no peer. */
static bool
names_no_peer(const struct ir *ir, const struct ir_rule *r)
{
	return r->npeers == 1 && r->peers[0].selector == ir->wildcard &&
	    r->peers[0].at.start == r->at.start && !has_lost_services(ir, r);
}

static bool
takes_every_port(const struct ir_rule *r)
{
	return r->nports == 1 && r->ports[0].proto == 0;
}

/*
 * Whether R names peers and no port.  Of what is allowed only pods count: all
 * of an entity beside a port for everybody is often meant so.
 */
static bool
names_only_peers(const struct ir *ir, const struct ir_rule *r)
{
	if (r->node || !takes_every_port(r))
		return false;
	for (uint32_t i = 0; i < r->npeers; i++) {
		if (r->peers[i].selector == ir->wildcard ||
		    (r->verdict == IR_ALLOW && !r->peers[i].endpoints))
			return false;
	}
	return r->npeers > 0;
}

/* Whether R's ports seem to belong to the peers of LAST, the rule before it. */
static bool
is_split(const struct ir *ir, const struct ir_rule *last,
    const struct ir_rule *r)
{
	return last && last->policy == r->policy && last->dir == r->dir &&
	    last->verdict == r->verdict && last->subject == r->subject &&
	    names_only_peers(ir, last) && r->nports > 0 &&
	    !takes_every_port(r) && names_no_peer(ir, r);
}

/* Whether R opens ports, and not only types of ICMP, to everybody. */
static bool
opens_to_everybody(const struct ir *ir, const struct ir_rule *r)
{
	return r->policy && !r->node && r->verdict == IR_ALLOW &&
	    r->nports > 0 && r->ports[0].proto != 0 &&
	    !proto_is_icmp(r->ports[0].proto) && names_no_peer(ir, r);
}

void
lint_check_split_rules(struct diag_sink *sink, const struct ir *ir)
{
	const struct ir_rule *last = NULL;

	VEC_FOREACH (at, &ir->rules) {
		const struct ir_rule *r = *at;

		if (is_split(ir, last, r))
			diag_split_rule(sink, r->at);
		else if (opens_to_everybody(ir, r))
			diag_everybody_on_ports(sink, r->at,
			    r->dir == DIR_INGRESS ? "to" : "towards");
		last = r;
	}
}

void
lint_check_empty_icmps(struct diag_sink *sink, const struct ir *ir)
{
	VEC_FOREACH (at, &ir->empty_icmps)
		diag_empty_icmps(sink, *at);
}

/* Whether R denies everything, or is written to deny by default. */
static bool
denies_everything(const struct ir *ir, const struct ir_rule *r)
{
	if (r->npeers == 0)
		return true;
	if (!takes_every_port(r))
		return false;
	for (uint32_t i = 0; i < r->npeers; i++) {
		if (r->peers[i].selector == ir->wildcard)
			return true;
	}
	return false;
}

/* The first denial that switches default deny on; NULL when some rule of D
 * allows something or was written to deny everything. */
static const struct ir_rule *
find_deny_only(const struct ir *ir, const struct pmap_direction *d)
{
	const struct ir_rule *found = NULL;

	if (!d->default_deny || d->forced)
		return NULL;
	for (uint32_t i = 0; i < d->nrules; i++) {
		const struct ir_rule *r = d->rules[i].rule;

		if (!r->policy)
			continue;
		if (r->verdict != IR_DENY || denies_everything(ir, r))
			return NULL;
		if (!found && r->default_deny)
			found = r;
	}
	return found;
}

void
lint_check_deny_only(struct diag_sink *sink, struct arena *scratch,
    const struct pmaps *m)
{
	const struct ir *ir = m->world->ir;
	struct bitset *told = bitset_new(scratch, (uint32_t)ir->rules.n);

	VEC_FOREACH (c, &m->classes) {
		if (c->error || c->subject->host)
			continue;
		for (int dir = 0; dir < 2; dir++) {
			const struct ir_rule *r =
			    find_deny_only(ir, c->direction[dir]);

			if (!r || bitset_test(told, r->index))
				continue;
			bitset_set(told, r->index);
			diag_deny_only(sink, r->at, c->subject->ns,
			    c->subject->name,
			    dir == DIR_INGRESS ? "ingress" : "egress");
		}
	}
}
