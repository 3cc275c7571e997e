/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reason for a verdict, from the rules themselves: tiers and priorities
 * in turn, deny before allow before pass (semantics.md 11.6).
 */
#include "pmap/pmap.h"

static bool
port_matches(const struct ir_port *p, uint8_t proto, uint16_t port)
{
	if (p->proto == 0)
		return true;
	if (p->proto != proto)
		return false;
	if (p->port == 0 && (p->end == 0 || p->end == UINT16_MAX))
		return true;
	return port >= p->port && port <= (p->end > p->port ? p->end : p->port);
}

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

static const struct ir_port *
matching_port(const struct ir_rule *r, uint8_t proto, uint16_t port)
{
	for (uint32_t i = 0; i < r->nports; i++) {
		if (port_matches(&r->ports[i], proto, port))
			return &r->ports[i];
	}
	return NULL;
}

static bool
rule_matches(const struct world *w, const struct pmap_rule *r, ident_idx_t peer,
    uint8_t proto, uint16_t port, struct pmap_match *ret)
{
	struct pmap_match m = {.rule = r};

	m.peer = matching_peer(w, r->rule, peer);
	m.port = matching_port(r->rule, proto, port);
	if (m.peer == NULL || m.port == NULL)
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

static void
decide(struct pmap_why *why)
{
	struct pmap_match *best = NULL;

	why->verdict = PMAP_NO_MATCH;
	VEC_FOREACH (m, &why->matches) {
		if (best != NULL && m->rule->level != best->rule->level)
			break;
		if (best == NULL ||
		    rank(m->rule->rule->verdict) <
			rank(best->rule->rule->verdict))
			best = m;
	}
	if (best == NULL)
		return;
	best->decides = true;
	why->verdict =
	    best->rule->rule->verdict == IR_DENY ? PMAP_DENIED : PMAP_ALLOWED;
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
		if (rule_matches(w, r, peer, proto, port, &match))
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
