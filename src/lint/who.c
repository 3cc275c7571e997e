/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Short answers that checks share.
 */
#include "lint/who.h"
#include "pmap/interval.h"

bool
who_has_endpoints(const struct world *w, const struct bitset *set)
{
	BITSET_FOREACH (i, set) {
		if (w->idents.v[i].nendpoints > 0)
			return true;
	}
	return false;
}

const char *
who_name(struct arena *a, const struct endpoint *e)
{
	if (e->ns.n == 0)
		return arena_printf(a, STR_FMT, STR_ARG(e->name));
	return arena_printf(a, STR_FMT "/" STR_FMT, STR_ARG(e->ns),
	    STR_ARG(e->name));
}

bool
who_knows_policies(const struct object_list *objects)
{
	VEC_FOREACH (o, &objects->left_out) {
		if (object_is_uncertain(*o))
			return false;
	}
	return true;
}

bool
who_allows_something(const struct ir_rule *r)
{
	return r->policy && r->verdict == IR_ALLOW && r->npeers > 0 &&
	    r->nports > 0;
}

const struct ir_rule *
who_denies_by_default(const struct pmap_direction *d)
{
	const struct ir_rule *first = NULL;

	if (!d->default_deny || d->forced)
		return NULL;
	for (uint32_t i = 0; i < d->nrules; i++) {
		const struct ir_rule *r = d->rules[i].rule;

		if (r->policy && r->default_deny &&
		    (!first || r->index < first->index))
			first = r;
	}
	return first;
}

bool
who_is_let_through(const struct pmap_direction *d, ident_idx_t peer,
    uint8_t proto, uint16_t port)
{
	enum pmap_verdict v = pmap_lookup(d, peer, proto, port).verdict;

	return v == PMAP_ALLOWED || v == PMAP_REDIRECTED || v == PMAP_AUTH;
}

static bool
port_covers(const struct ir_port *a, const struct ir_port *b)
{
	struct interval of_a = interval_of_ports(a->port, a->end);
	struct interval of_b = interval_of_ports(b->port, b->end);

	if (a->proto == 0)
		return true;
	if (a->proto != b->proto)
		return false;
	if (!atom_eq(a->name, b->name))
		return false;
	return a->port == 0 ||
	    (b->port != 0 && of_a.first <= of_b.first && of_b.end <= of_a.end);
}

bool
who_has_ports_of(const struct ir_rule *a, const struct ir_rule *b)
{
	for (uint32_t i = 0; i < b->nports; i++) {
		bool found = false;

		for (uint32_t k = 0; k < a->nports && !found; k++)
			found = port_covers(&a->ports[k], &b->ports[i]);
		if (!found)
			return false;
	}
	return true;
}

bool
who_names_port(const struct ir_rule *r, uint8_t proto, uint16_t port)
{
	for (uint32_t i = 0; i < r->nports; i++) {
		const struct ir_port *p = &r->ports[i];

		if ((p->proto == proto || p->proto == 0) &&
		    (p->port == 0 || p->port == port ||
			(p->port < port && p->end >= port)))
			return true;
	}
	return false;
}

struct bitset *
who_is_reached(struct arena *a, const struct world *w, const struct ir_rule *r)
{
	const struct bitset *peers = w->aggregates->peers;
	struct bitset *set = bitset_new(a, peers->nbits);

	for (uint32_t i = 0; i < r->npeers; i++)
		bitset_or(set, world_reached(w, r->peers[i].selector));
	bitset_and(set, peers);
	return set;
}

const struct bitset *
who_is_selected_beside(struct arena *a, const struct world *w,
    const struct ir_rule *r)
{
	struct bitset *set = bitset_new(a, (uint32_t)w->idents.n);

	VEC_FOREACH (at, &w->ir->rules) {
		const struct ir_rule *o = *at;

		if (!o->policy || o->subject != r->subject ||
		    o->dir != r->dir || o->verdict != r->verdict ||
		    !who_has_ports_of(o, r))
			continue;
		for (uint32_t i = 0; i < o->npeers; i++)
			bitset_or(set, world_selected(w, o->peers[i].selector));
	}
	return set;
}
