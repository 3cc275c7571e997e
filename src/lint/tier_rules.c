/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a rule matches is known exactly only once its direction is computed: a
 * port name may be any number.  So the ports here are those that it may match;
 * tier_rules_match() says which ones it does.
 */
#include "lint/tier_rules.h"

#include <stdlib.h>

#include "cilium/version.h"
#include "pmap/match.h"

static bool
is_named(const struct world *w, const struct ir_port *p)
{
	return !atom_eq(p->name, w->ir->word.empty);
}

/* All that a port may mean; a name, or a range from 0: any port. */
static struct interval
ports_of(const struct world *w, const struct ir_port *p)
{
	if (is_named(w, p) || p->port == 0)
		return (struct interval){0, PORT_VALUES};
	return interval_of_ports(p->port, p->end);
}

bool
rule_joins(const struct ir_rule *r)
{
	return r->auth != 0 || match_has_proxy(r);
}

void
rule_add_peers(const struct world *w, struct bitset *set,
    const struct ir_rule *r)
{
	for (uint32_t i = 0; i < r->npeers; i++)
		bitset_or(set, world_reached(w, r->peers[i].selector));
	bitset_and(set, w->aggregates->peers);
}

bool
rules_share_name(const struct world *w, const struct ir_rule *a,
    const struct ir_rule *b)
{
	bool egress = a->dir == DIR_EGRESS;

	if (egress &&
	    version_has(w->ir->opt.cilium, VERSION_PORT_NAMES_OF_PEERS))
		return false;
	for (uint32_t i = 0; i < a->nports; i++) {
		const struct ir_port *p = &a->ports[i];

		for (uint32_t k = 0; k < b->nports && is_named(w, p); k++) {
			if (atom_eq(p->name, b->ports[k].name) &&
			    p->proto == b->ports[k].proto &&
			    (egress || p->end != b->ports[k].end))
				return true;
		}
	}
	return false;
}

/*
 * Whether R can make the models differ.  A cluster-wide deny wins in both, but
 * what its port name means may depend on a rule of a namespace.
 */
static bool
matters(const struct ir_rule *r)
{
	return r->npeers > 0 &&
	    (r->tier != IR_TIER_CLUSTERWIDE || r->verdict == IR_ALLOW ||
		r->named_ports);
}

/* The ports of PROTO; NULL: none. */
static struct proto_ports *
ports_of_proto(const struct tier_rules *set, uint8_t proto)
{
	VEC_FOREACH (p, &set->ports) {
		if (p->proto == proto)
			return p;
	}
	return NULL;
}

static void
add_port(struct tier_rules *set, const struct ir_port *port)
{
	struct interval x = ports_of(set->world, port);
	struct proto_ports *p = ports_of_proto(set, port->proto);

	if (!p) {
		p = vec_push(&set->ports, set->arena);
		p->proto = port->proto;
	}
	*vec_push(&p->of, set->arena) =
	    (struct rule_ports){x, (uint32_t)set->v.n - 1};
	*vec_push(&p->joined, set->arena) = x;
}

static void
add_rule(struct tier_rules *set, const struct ir_rule *r)
{
	*vec_push(&set->v, set->arena) = r;
	set->joins |= rule_joins(r);
	rule_add_peers(set->world, set->peers, r);
	for (uint32_t i = 0; i < r->nports; i++)
		add_port(set, &r->ports[i]);
}

void
tier_rules_collect(struct tier_rules *set, struct arena *a,
    const struct world *w, const struct pmap_direction *direction,
    enum ir_tier tier)
{
	*set = (struct tier_rules){.arena = a,
	    .world = w,
	    .direction = direction,
	    .peers = bitset_new(a, (uint32_t)w->idents.n)};
	for (uint32_t i = 0; i < direction->nrules; i++) {
		const struct ir_rule *r = direction->rules[i].rule;

		if (r->tier == tier && matters(r))
			add_rule(set, r);
	}
	set->asked = ARENA_ARRAY(a, uint32_t, set->v.n);
	VEC_FOREACH (p, &set->ports)
		intervals_join(&p->joined);
}

bool
tier_rules_have(const struct tier_rules *set, uint8_t proto)
{
	return ports_of_proto(set, 0) || ports_of_proto(set, proto);
}

bool
tier_rules_meet(const struct tier_rules *set, const struct ir_rule *r)
{
	if (r->nports > 0 && ports_of_proto(set, 0))
		return true;
	for (uint32_t i = 0; i < r->nports; i++) {
		const struct ir_port *port = &r->ports[i];
		const struct proto_ports *p = ports_of_proto(set, port->proto);

		if (port->proto == 0 ? set->ports.n > 0
				     : p &&
			    intervals_meet(&p->joined,
				ports_of(set->world, port)))
			return true;
	}
	return false;
}

void
tier_rules_list_ports(const struct tier_rules *set, cell_vec *list,
    struct arena *a)
{
	VEC_FOREACH (p, &set->ports) {
		for (size_t i = 0; i < p->of.n && p->proto != 0; i++)
			*vec_push(list, a) = (struct cell){.proto = p->proto,
			    .ports = p->of.v[i].ports};
	}
}

static int
compare_rule_ports(const void *pa, const void *pb)
{
	return interval_compare(&((const struct rule_ports *)pa)->ports,
	    &((const struct rule_ports *)pb)->ports);
}

void
tier_rules_begin(struct tier_rules *set, uint8_t proto)
{
	const uint8_t protos[] = {0, proto};

	set->sorted.n = set->open.n = set->begun = 0;
	for (size_t i = 0; i < sizeof(protos); i++) {
		const struct proto_ports *p = ports_of_proto(set, protos[i]);

		for (size_t k = 0; p && k < p->of.n; k++)
			*vec_push(&set->sorted, set->arena) = p->of.v[k];
	}
	if (set->sorted.n > 1)
		qsort(set->sorted.v, set->sorted.n, sizeof(*set->sorted.v),
		    compare_rule_ports);
}

void
tier_rules_next(struct tier_rules *set, uint32_t port)
{
	size_t n = 0;

	while (set->begun < set->sorted.n &&
	    set->sorted.v[set->begun].ports.first <= port)
		*vec_push(&set->open, set->arena) = set->sorted.v[set->begun++];
	VEC_FOREACH (p, &set->open) {
		if (p->ports.end > port)
			set->open.v[n++] = *p;
	}
	set->open.n = n;
}

void
tier_rules_keep_peers(const struct tier_rules *set, struct bitset *peers,
    struct arena *scratch)
{
	struct bitset *matched = bitset_new(scratch, peers->nbits);

	VEC_FOREACH (p, &set->open)
		rule_add_peers(set->world, matched, set->v.v[p->rule]);
	bitset_and(peers, matched);
}

void
tier_rules_match(struct tier_rules *set, rule_match_vec *ret, struct arena *a,
    const struct rule_question *q)
{
	const struct match_packet packet = {.w = set->world,
	    .direction = set->direction,
	    .proto = q->cell->proto,
	    .port = (uint16_t)q->cell->ports.first,
	    .from_zero = q->from_zero};
	uint32_t question = ++set->questions;

	VEC_FOREACH (p, &set->open) {
		const struct ir_rule *r = set->v.v[p->rule];
		const struct bitset *named;
		struct bitset *peers;

		if (set->asked[p->rule] == question)
			continue;
		set->asked[p->rule] = question;
		if (r->verdict != q->verdict ||
		    !match_port_of_peers(&packet, r, a, &named))
			continue;
		peers = bitset_new(a, q->peers->nbits);
		rule_add_peers(set->world, peers, r);
		bitset_and(peers, q->peers);
		if (named)
			bitset_and(peers, named);
		if (!bitset_empty(peers))
			*vec_push(ret, a) = (struct rule_match){r, peers};
	}
}
