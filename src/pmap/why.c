/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reason for a verdict, from the rules themselves: tiers and priorities
 * in turn, deny before allow before pass (semantics.md 11.6).
 */
#include "pmap/pmap.h"

static const struct ir_peer *
matching_peer(const struct world *w, const struct ir_rule *r, ident_idx_t peer)
{
	for (uint32_t i = 0; i < r->npeers; i++) {
		if (bitset_test(world_selected(w, r->peers[i].selector),
			peer.i))
			return &r->peers[i];
	}
	return NULL;
}

/* Whether a rule of the same filter as named port P of tier TIER selects. */
static bool
filter_selects(const struct world *w, const struct pmap_side *side,
    enum ir_tier tier, const struct ir_port *p, ident_idx_t peer)
{
	for (uint32_t i = 0; i < side->nrules; i++) {
		const struct ir_rule *r = side->rules[i].rule;
		bool same = false;

		for (uint32_t k = 0; r->tier == tier && k < r->nports; k++)
			same |= r->ports[k].proto == p->proto &&
			    r->ports[k].end == p->end &&
			    atom_eq(r->ports[k].name, p->name);
		if (same && matching_peer(w, r, peer) != NULL)
			return true;
	}
	return false;
}

/*
 * The number that a port's name stands for: on the subject itself, or on
 * egress the one that all selected peers agree on; 0: none (10.3).
 */
static uint16_t
named_port(const struct world *w, const struct pmap_side *side,
    enum ir_tier tier, const struct ir_port *p)
{
	uint16_t port = 0;

	if (side->dir == PMAP_INGRESS) {
		for (uint32_t i = 0; i < side->subject->nports; i++) {
			const struct named_port *n = &side->subject->ports[i];

			if (atom_eq(n->name, p->name) && n->proto == p->proto)
				return n->port;
		}
		return 0;
	}
	for (size_t i = world_known_port(w, p->name); i < w->known_ports.n &&
	     atom_eq(w->known_ports.v[i].port.name, p->name);
	     i++) {
		const struct known_port *k = &w->known_ports.v[i];

		if (k->port.proto != p->proto ||
		    !filter_selects(w, side, tier, p, k->ident))
			continue;
		if (port != 0 && port != k->port.port)
			return 0;
		port = k->port.port;
	}
	return port;
}

/* Whether P of a rule of TIER matches. */
static bool
port_matches(const struct world *w, const struct pmap_side *side,
    enum ir_tier tier, const struct ir_port *p, uint8_t proto, uint16_t port)
{
	uint16_t first = p->port;

	if (p->proto == 0)
		return true;
	if (p->proto != proto)
		return false;
	if (!atom_eq(p->name, w->ir->word.empty)) {
		first = named_port(w, side, tier, p);
		if (first == 0)
			return false;
	}
	if (first == 0 && (p->end == 0 || p->end == UINT16_MAX))
		return true;
	return port >= first && port <= (p->end > first ? p->end : first);
}

static const struct ir_port *
matching_port(const struct world *w, const struct pmap_side *side,
    const struct ir_rule *r, uint8_t proto, uint16_t port)
{
	for (uint32_t i = 0; i < r->nports; i++) {
		if (port_matches(w, side, r->tier, &r->ports[i], proto, port))
			return &r->ports[i];
	}
	return NULL;
}

static bool
rule_matches(const struct world *w, const struct pmap_side *side,
    const struct pmap_rule *r, ident_idx_t peer, uint8_t proto, uint16_t port,
    struct pmap_match *ret)
{
	struct pmap_match m = {.rule = r};

	m.peer = matching_peer(w, r->rule, peer);
	if (m.peer == NULL)
		return false;
	m.port = matching_port(w, side, r->rule, proto, port);
	if (m.port == NULL)
		return false;
	*ret = m;
	return true;
}

/* Deny before allow before pass, on the strongest level that matched. */
static int
rank(enum ir_verdict v)
{
	switch (v) {
	case IR_DENY:
		return 0;
	case IR_ALLOW:
		return 1;
	case IR_PASS:
		return 2;
	}
	return 3;
}

/* The strongest match of the level that begins at *AT; moves *AT behind. */
static struct pmap_match *
best_of_level(struct pmap_why *why, size_t *at)
{
	struct pmap_match *best = &why->matches.v[*at];

	for (; *at < why->matches.n; ++*at) {
		struct pmap_match *m = &why->matches.v[*at];

		if (m->rule->level != best->rule->level)
			break;
		if (rank(m->rule->rule->verdict) <
		    rank(best->rule->rule->verdict))
			best = m;
	}
	return best;
}

/* Level by level; a pass skips the rest of its tier. */
static void
decide(struct pmap_why *why)
{
	const struct ir_rule *pass = NULL;
	struct pmap_match *best;

	why->verdict = PMAP_NO_MATCH;
	for (size_t at = 0; at < why->matches.n;) {
		best = best_of_level(why, &at);
		if (pass != NULL && best->rule->rule->tier == pass->tier)
			continue;
		if (best->rule->rule->verdict == IR_PASS) {
			pass = best->rule->rule;
			continue;
		}
		best->decides = true;
		why->verdict = best->rule->rule->verdict == IR_DENY
		    ? PMAP_DENIED
		    : PMAP_ALLOWED;
		return;
	}
}

void
pmap_why(struct pmap_why *why, struct arena *a, const struct world *w,
    const struct pmap_side *side, ident_idx_t peer, uint8_t proto,
    uint16_t port)
{
	struct pmap_match match;

	*why = (struct pmap_why){0};
	for (uint32_t i = 0; i < side->nrules; i++) {
		const struct pmap_rule *r = &side->rules[i];

		if (why->default_deny == NULL && r->rule->default_deny)
			why->default_deny = r;
		if (rule_matches(w, side, r, peer, proto, port, &match))
			*vec_push(&why->matches, a) = match;
	}
	decide(why);
}

const char *
pmap_verdict_name(enum pmap_verdict v)
{
	switch (v) {
	case PMAP_ALLOWED:
		return "allow";
	case PMAP_REDIRECTED:
		return "redirect";
	case PMAP_DENIED:
		return "deny";
	case PMAP_NO_MATCH:
		return "drop";
	case PMAP_AUTH:
		return "auth";
	}
	return NULL;
}
