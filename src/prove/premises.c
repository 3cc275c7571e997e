/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is worked out once: whom selectors select, by their labels; the numbers
 * of port names; who stands for whom; and the rules that Cilium adds.
 */
#include "prove/premises.h"

#include "cilium/version.h"
#include "cnpc_abi.h"
#include "ir/selector.h"

/* semantics.md 6.7: in some versions the world of one family is both. */
static void
add_families(const struct premises *p, struct bitset *met)
{
	const struct world *w = p->world;
	bool both = false;

	if (!w->ir->opt.ipv4 || !w->ir->opt.ipv6 ||
	    !version_has(p->cilium, VERSION_WORLD_IS_BOTH))
		return;
	for (uint32_t i = 0; i < w->idents.n; i++) {
		uint32_t id = w->idents.v[i].id.id;

		if (id == SEC_ID_WORLD)
			both = bitset_test(met, i);
		else if (both &&
		    (id == SEC_ID_WORLD_IPV4 || id == SEC_ID_WORLD_IPV6))
			bitset_set(met, i);
	}
}

/* Whose labels meet the I-th selector. */
static void
meet(void *arg, struct worker *self, size_t i)
{
	struct premises *p = arg;
	const struct world *w = p->world;
	const struct ir_selector *s = w->ir->selectors.v[i];
	struct bitset *met = bitset_new(&self->perm, (uint32_t)w->idents.n);

	for (uint32_t k = 0; k < w->idents.n; k++) {
		const struct identity *id = &w->idents.v[k];

		if (selector_met(w->ir, s->req, s->nreq, id->labels,
			id->nlabels))
			bitset_set(met, k);
	}
	add_families(p, met);
	p->met[i] = met;
}

static void
number_pod(struct port_number *n, const struct endpoint *e, bool *mixed)
{
	for (uint32_t i = 0; i < e->ports.n; i++) {
		const struct named_port *own = &e->ports.v[i];
		uint32_t *of = &n->of[e->ident.i];

		if (!atom_eq(own->name, n->name) || own->proto != n->proto)
			continue;
		mixed[e->ident.i] |= *of != 0 && *of != own->port;
		bitset_set(n->used, own->port);
		*of = own->port;
	}
}

/* The numbers of a port's name, counted out once. */
static void
add_number(struct premises *p, struct arena *a, const struct ir_port *port)
{
	const struct world *w = p->world;
	bool *mixed = ARENA_ARRAY(a, bool, w->idents.n);
	struct port_number *n;

	VEC_FOREACH (known, &p->numbers) {
		if (atom_eq(known->name, port->name) &&
		    known->proto == port->proto)
			return;
	}
	n = vec_push(&p->numbers, a);
	*n = (struct port_number){.name = port->name,
	    .proto = port->proto,
	    .of = ARENA_ARRAY(a, uint32_t, w->idents.n),
	    .used = bitset_new(a, UINT16_MAX + 1)};
	VEC_FOREACH (e, &w->endpoints)
		number_pod(n, e, mixed);
	for (uint32_t i = 0; i < w->idents.n; i++) {
		if (mixed[i])
			n->of[i] = 0;
	}
}

/* A rule that Cilium adds: of ALL of its tier, for the peers of SELECTOR. */
static struct ir_rule
added_rule(struct premises *p, struct arena *a, enum ir_tier tier,
    enum ir_verdict verdict, const struct ir_selector *selector)
{
	struct ir_peer *peer = ARENA_NEW(a, struct ir_peer);
	struct ir_port *port = ARENA_NEW(a, struct ir_port);

	peer->selector = selector;
	port->name = p->world->ir->word.empty;
	return (struct ir_rule){.index = UINT32_MAX,
	    .tier = tier,
	    .priority = verdict == IR_DENY,
	    .verdict = verdict,
	    .peers = peer,
	    .npeers = 1,
	    .ports = port,
	    .nports = 1};
}

static const uint32_t *
find_aggregates(const struct premises *p, struct arena *a)
{
	const struct world *w = p->world;
	uint32_t *of = ARENA_ARRAY(a, uint32_t, w->idents.n);

	for (uint32_t i = 0; i < w->idents.n; i++) {
		uint32_t id = w->idents.v[i].id.id;
		uint32_t aggregate = p->layout->aggregates
		    ? sec_id_aggregate(id, CNPC_CLUSTER)
		    : 0;
		ident_idx_t found;

		of[i] = NO_IDENTITY;
		if (aggregate != 0 && aggregate != id &&
		    world_find_id(w, (sec_id_t){aggregate}, &found))
			of[i] = found.i;
	}
	return of;
}

void
premises_init(struct premises *p, struct pool *pool, struct arena *a,
    const struct world *w)
{
	const struct ir *ir = w->ir;
	bool own_tier;

	p->world = w;
	p->cilium = ir->opt.cilium;
	p->met = ARENA_ARRAY(a, const struct bitset *, ir->selectors.n);
	pool_run(pool, ir->selectors.n, meet, p);
	p->aggregate = find_aggregates(p, a);
	VEC_FOREACH (r, &ir->rules) {
		for (uint32_t i = 0; i < (*r)->nports; i++) {
			if (!atom_eq((*r)->ports[i].name, ir->word.empty) &&
			    (*r)->dir == DIR_EGRESS)
				add_number(p, a, &(*r)->ports[i]);
		}
	}
	own_tier = version_has(p->cilium, VERSION_DEFAULT_ALLOW_TIER);
	p->everyone =
	    added_rule(p, a, own_tier ? IR_TIER_DEFAULT : IR_TIER_NORMAL,
		IR_ALLOW, ir->wildcard);
	own_tier = version_has(p->cilium, VERSION_LOCALHOST_TIER);
	p->host = added_rule(p, a, own_tier ? IR_TIER_DEFAULT : IR_TIER_NORMAL,
	    IR_ALLOW, ir->host);
	p->nobody = added_rule(p, a, IR_TIER_DEFAULT, IR_DENY, ir->wildcard);
}
