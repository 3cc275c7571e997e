/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a name means is computed with each direction; a name that means nothing
 * in any direction that its rule is part of opens nothing.
 *
 * Source: semantics.md 10.3.
 */
#include "lint/ports.h"

#include "diag_gen.h"
#include "lint/who.h"

struct names {
	struct diag_sink *sink;
	const struct pmaps *m;
	uint32_t *first;      /* [rule]: where its ports begin, */
	struct bitset *asked; /* in these: of a direction, */
	struct bitset *found; /* and with a number */
};

static bool
has_number(const struct pmap_direction *d, const struct ir_rule *r,
    const struct ir_port *p)
{
	for (uint32_t i = 0; i < d->nnames; i++) {
		const struct pmap_name *n = &d->names[i];

		if (n->tier == r->tier && n->proto == p->proto &&
		    atom_eq(n->name, p->name))
			return true;
	}
	return false;
}

static void
note_direction(struct names *x, const struct pmap_direction *d)
{
	for (uint32_t i = 0; i < d->nrules; i++) {
		const struct ir_rule *r = d->rules[i].rule;

		for (uint32_t k = 0; r->named_ports && k < r->nports; k++) {
			const struct ir_port *p = &r->ports[k];

			if (atom_eq(p->name, x->m->world->ir->word.empty))
				continue;
			bitset_set(x->asked, x->first[r->index] + k);
			if (has_number(d, r, p))
				bitset_set(x->found, x->first[r->index] + k);
		}
	}
}

/* Whether a peer of R has pods, or never can. */
static bool
peers_are_known(const struct world *w, const struct ir_rule *r)
{
	for (uint32_t i = 0; i < r->npeers; i++) {
		if (r->peers[i].endpoints &&
		    !who_has_endpoints(w,
			world_selected(w, r->peers[i].selector)))
			return false;
	}
	return true;
}

/* Why a name has no number there. */
static const char *
why_not(const struct world *w, const struct ir_rule *r, const struct ir_port *p)
{
	uint32_t numbers = 0, others = 0;

	for (size_t i = world_known_port(w, p->name); i < w->known_ports.n;
	     i++) {
		const struct named_port *known = &w->known_ports.v[i].port;

		if (!atom_eq(known->name, p->name))
			break;
		if (known->proto == p->proto)
			numbers++;
		else
			others++;
	}
	if (r->dir == DIR_EGRESS && numbers > 1 &&
	    !version_has(w->ir->opt.cilium, VERSION_PORT_NAMES_OF_PEERS))
		return "has several numbers among the pods of the cluster";
	if (numbers == 0 && others > 0)
		return "is of another protocol";
	return r->dir == DIR_EGRESS ? "is of no container of these peers"
				    : "is of no container of these pods";
}

void
lint_check_port_names(struct diag_sink *sink, struct arena *scratch,
    const struct pmaps *m)
{
	const struct ir *ir = m->world->ir;
	struct names x = {.sink = sink, .m = m};
	uint32_t n = 0;

	x.first = ARENA_ARRAY(scratch, uint32_t, ir->rules.n + 1);
	VEC_FOREACH (r, &ir->rules) {
		x.first[(*r)->index] = n;
		n += (*r)->named_ports ? (*r)->nports : 0;
	}
	x.asked = bitset_new(scratch, n);
	x.found = bitset_new(scratch, n);
	VEC_FOREACH (c, &m->classes) {
		if (c->error || c->subject->host || c->subject->assumed)
			continue;
		note_direction(&x, c->direction[DIR_INGRESS]);
		note_direction(&x, c->direction[DIR_EGRESS]);
	}
	VEC_FOREACH (at, &ir->rules) {
		const struct ir_rule *r = *at;

		for (uint32_t k = 0; r->named_ports && k < r->nports; k++) {
			uint32_t i = x.first[r->index] + k;

			if (bitset_test(x.asked, i) &&
			    !bitset_test(x.found, i) &&
			    (r->dir == DIR_INGRESS ||
				peers_are_known(m->world, r)))
				diag_port_name_of_nobody(sink, r->ports[k].at,
				    atom_str(ir->atoms, r->ports[k].name),
				    why_not(m->world, r, &r->ports[k]));
		}
	}
}
