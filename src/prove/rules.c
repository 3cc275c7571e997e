/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules to clauses, and a packet's verdict by them.
 */
#include "prove/rules.h"

#include <stdlib.h>

#include "cilium/version.h"
#include "ir/selector.h"

bool
rules_select(const struct premises *p, const struct ir_rule *rule,
    const struct endpoint *e)
{
	const struct world *w = p->world;
	const struct ir_selector *s = rule->subject;

	if (rule->node)
		return e->host && w->ir->opt.host_firewall &&
		    selector_met(w->ir, s->req, s->nreq, e->host->host_labels,
			e->host->nhost_labels);
	return !e->host && bitset_test(p->met[s->index], e->ident.i);
}

/* What the agent sorts policies by, where tier and priority are equal. */
static int
compare_policy(const struct ir_policy *a, const struct ir_policy *b)
{
	static const char *const kinds[] = {
	    [AST_CILIUM_CLUSTERWIDE_NETWORK_POLICY] = "ccnp",
	    [AST_CILIUM_NETWORK_POLICY] = "cnp",
	    [AST_NETWORK_POLICY] = "netpol",
	};
	const size_t n = sizeof(kinds) / sizeof(*kinds);
	size_t ka = a->object->kind, kb = b->object->kind;
	int c = 0;

	if (ka < n && kb < n && kinds[ka] && kinds[kb])
		c = strcmp(kinds[ka], kinds[kb]);
	if (c == 0)
		c = str_compare(a->object->ns, b->object->ns);
	return c ? c : str_compare(a->object->name, b->object->name);
}

static int
compare_rule(const void *pa, const void *pb)
{
	const struct ir_rule *a = *(const struct ir_rule *const *)pa;
	const struct ir_rule *b = *(const struct ir_rule *const *)pb;
	int c = 0;

	if (a->tier != b->tier)
		return a->tier < b->tier ? -1 : 1;
	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	if (a->policy && b->policy)
		c = compare_policy(a->policy, b->policy);
	return c ? c : (a->index > b->index) - (a->index < b->index);
}

/* semantics.md 10.5: the stronger, the lower. */
static uint8_t
listener_priority(const struct ir_port *port)
{
	static const uint8_t of_parser[] = {
	    [IR_PARSER_NONE] = 0,
	    [IR_PARSER_HTTP] = 101,
	    [IR_PARSER_TLS] = 116,
	    [IR_PARSER_DNS] = 121,
	    [IR_PARSER_CRD] = 126,
	};

	if (!port->l7)
		return 0;
	return port->l7->listener_priority ? port->l7->listener_priority
					   : of_parser[port->l7->parser];
}

static void
add_clauses(struct rules *r, const struct ir_rule *rule)
{
	r->pass |= rule->verdict == IR_PASS;
	r->auth |= rule->auth != 0;
	for (uint32_t i = 0; i < rule->nports; i++) {
		const struct ir_port *port = &rule->ports[i];

		r->proxy |= port->l7 && port->l7->parser != IR_PARSER_NONE;
		for (uint32_t k = 0; k < rule->npeers; k++)
			*vec_push(&r->clauses, r->arena) =
			    (struct clause){.rule = rule,
				.port = port,
				.peer = &rule->peers[k],
				.listener = listener_priority(port)};
	}
}

/* FIRST to END; an END of 0 or below is FIRST alone, and port 0 is all. */
static void
set_ports(struct rules *r, struct clause *c, uint32_t first, uint32_t end)
{
	c->first = first;
	c->last = end > first ? end : first;
	if (first == 0) {
		r->from_zero |= c->last != 0 && c->last != UINT16_MAX;
		c->last = UINT16_MAX;
	}
}

/* The end of the range that the first clause of the filter of C has. */
static uint32_t
end_of_name(const struct rules *r, const struct clause *c)
{
	VEC_FOREACH (other, &r->clauses) {
		if (clause_same_filter(other, c))
			return other->port->end;
	}
	return 0;
}

/* semantics.md 10.3: the number that a port's name has. */
static void
resolve_name(struct rules *r, struct clause *c)
{
	const struct named_ports *own = &r->subject->ports;
	const struct premises *p = r->premises;

	c->first = 1; /* nothing, unless it is found */
	for (uint32_t i = 0; i < own->n && r->dir == DIR_INGRESS; i++) {
		if (atom_eq(own->v[i].name, c->port->name) &&
		    own->v[i].proto == c->port->proto)
			set_ports(r, c, own->v[i].port, end_of_name(r, c));
	}
	VEC_FOREACH (n, &p->numbers) {
		if (r->dir == DIR_INGRESS || !atom_eq(n->name, c->port->name) ||
		    n->proto != c->port->proto)
			continue;
		if (version_has(p->cilium, VERSION_PORT_NAMES_OF_PEERS))
			c->number = n;
		else if (bitset_count(n->used) == 1)
			set_ports(r, c, bitset_next(n->used, 0),
			    end_of_name(r, c));
	}
}

/* semantics.md 9.1, 9.2: what Cilium adds to the rules. */
static void
add_own_rules(struct rules *r, bool forced, size_t n)
{
	const struct premises *p = r->premises;
	bool host = p->localhost && r->dir == DIR_INGRESS && !r->subject->host;

	if (!r->default_deny)
		*vec_push(&r->list, r->arena) = &p->everyone;
	if (host &&
	    (!version_has(p->cilium, VERSION_LOCALHOST_TIER) ||
		(r->default_deny && n > 0)))
		*vec_push(&r->list, r->arena) = &p->host;
	if (r->default_deny && r->pass)
		*vec_push(&r->list, r->arena) = &p->nobody;
}

void
rules_read(struct rules *r, struct arena *a, const struct premises *p,
    const struct endpoint *subject, enum direction dir,
    const struct ir_rule *const *list, size_t n)
{
	const struct identity *id = world_identity(p->world, subject->ident);
	bool off = id->unenforced || p->never;
	bool forced = !off && (id->always || p->always);

	*r = (struct rules){.premises = p,
	    .arena = a,
	    .subject = subject,
	    .dir = dir,
	    .default_deny = forced};
	if (off)
		n = 0;
	for (size_t i = 0; i < n; i++) {
		*vec_push(&r->list, a) = list[i];
		r->default_deny |= list[i]->default_deny;
		r->pass |= list[i]->verdict == IR_PASS;
	}
	add_own_rules(r, forced, n);
	if (r->list.n > 1)
		qsort(r->list.v, r->list.n, sizeof(*r->list.v), compare_rule);
	VEC_FOREACH (rule, &r->list)
		add_clauses(r, *rule);
	VEC_FOREACH (c, &r->clauses) {
		if (atom_eq(c->port->name, p->world->ir->word.empty))
			set_ports(r, c, c->port->port, c->port->end);
		else
			resolve_name(r, c);
	}
	if (r->proxy || r->auth)
		rules_merge(r);
}

/* What rules of C's verdict require of the endpoints that rules name. */
static bool
meets_required(const struct rules *r, const struct clause *c, uint32_t peer)
{
	if (!c->peer->endpoints || c->rule->verdict == IR_PASS)
		return true;
	VEC_FOREACH (rule, &r->list) {
		for (uint32_t i = 0; i < (*rule)->nrequires; i++) {
			uint32_t s = (*rule)->requires[i] -> index;

			if ((*rule)->verdict == c->rule->verdict &&
			    !bitset_test(r->premises->met[s], peer))
				return false;
		}
	}
	return true;
}

bool
clause_has_peer(const struct rules *r, const struct clause *c, uint32_t peer)
{
	const struct bitset *met = r->premises->met[c->peer->selector->index];
	uint32_t aggregate = r->premises->aggregate[peer];

	/* Who stands for it has no port names (semantics.md 10.3). */
	return meets_required(r, c, peer) &&
	    (bitset_test(met, peer) ||
		(!c->number && aggregate != NO_IDENTITY &&
		    bitset_test(met, aggregate)));
}

void
clause_ports(const struct clause *c, uint32_t peer, uint32_t *ret_first,
    uint32_t *ret_last)
{
	uint32_t own = c->number ? c->number->of[peer] : 0;

	*ret_first = c->number ? (own ? own : 1) : c->first;
	*ret_last = c->number ? own : c->last;
}

void
rules_of_peer(const struct rules *r, struct arena *a, uint32_t peer,
    clause_vec *ret)
{
	VEC_FOREACH (c, &r->clauses) {
		if (clause_has_peer(r, c, peer))
			*vec_push(ret, a) = c;
	}
}

static bool
matches(const struct clause *c, uint32_t peer, uint8_t proto, uint16_t port)
{
	uint32_t first, last;

	clause_ports(c, peer, &first, &last);
	return (c->port->proto == 0 || c->port->proto == proto) &&
	    port >= first && port <= last;
}

int
clause_compare_level(const struct clause *a, const struct clause *b)
{
	const struct ir_rule *x = a->rule, *y = b->rule;

	if (x->tier != y->tier)
		return x->tier < y->tier ? -1 : 1;
	return (x->priority > y->priority) - (x->priority < y->priority);
}

/* On one level a deny before an allow before a pass; then the proxy. */
static bool
is_stronger(const struct clause *a, const struct clause *b)
{
	static const int rank[] =
	    {[IR_DENY] = 0, [IR_ALLOW] = 1, [IR_PASS] = 2};
	int order = clause_compare_level(a, b);

	if (order == 0)
		order = rank[a->rule->verdict] - rank[b->rule->verdict];
	if (order != 0)
		return order < 0;
	return a->listener != 0 &&
	    (b->listener == 0 || a->listener < b->listener);
}

/* The clause that decides: what a tier passes is for the next one to say. */
static const struct clause *
deciding(const clause_vec *of_peer, uint32_t peer, uint8_t proto, uint16_t port)
{
	const struct clause *best = NULL;
	int passed = -1; /* tier */

	do {
		passed = best ? (int)best->rule->tier : passed;
		best = NULL;
		VEC_FOREACH (at, of_peer) {
			const struct clause *c = *at;

			if ((int)c->rule->tier > passed &&
			    matches(c, peer, proto, port) &&
			    (!best || is_stronger(c, best)))
				best = c;
		}
	} while (best && best->rule->verdict == IR_PASS);
	return best;
}

/* semantics.md 10.5: what a filter reads as HTTP for anybody. */
static bool
meets_http(const struct rules *r, const struct clause *c)
{
	VEC_FOREACH (m, &r->merged) {
		if (m->parser == IR_PARSER_HTTP &&
		    m->first->rule->verdict == IR_ALLOW &&
		    clause_same_filter(m->first, c))
			return true;
	}
	return false;
}

static struct str
redirect_name(const struct rules *r, struct arena *a, const struct clause *c)
{
	const struct ir_l7 *l7 = c->port->l7;
	struct str ns = r->subject->ns;

	switch (c->listener ? l7->parser : IR_PARSER_NONE) {
	case IR_PARSER_NONE:
		return STR("");
	case IR_PARSER_TLS:
		return meets_http(r, c) ? STR("http") : STR("tls");
	case IR_PARSER_HTTP:
		return STR("http");
	case IR_PARSER_DNS:
		return STR("dns");
	case IR_PARSER_CRD:
		return str_of(arena_printf(a, "crd:" STR_FMT "/" STR_FMT,
		    STR_ARG(l7->by_namespace ? ns : STR("")),
		    STR_ARG(l7->listener)));
	}
	return STR("");
}

/* Which of two listeners of one priority has the packet is left open. */
static bool
is_tied(const clause_vec *of_peer, const struct clause *won, uint32_t peer,
    uint8_t proto, uint16_t port)
{
	VEC_FOREACH (at, of_peer) {
		const struct clause *c = *at;

		if (c->listener != 0 && c->listener == won->listener &&
		    c->rule->verdict == IR_ALLOW &&
		    c->port->l7->parser == IR_PARSER_CRD &&
		    clause_compare_level(c, won) == 0 &&
		    matches(c, peer, proto, port) &&
		    !str_eq(c->port->l7->listener, won->port->l7->listener))
			return true;
	}
	return false;
}

struct saying
rules_say(const struct rules *r, const clause_vec *of_peer, uint32_t peer,
    uint8_t proto, uint16_t port)
{
	const struct clause *c = deciding(of_peer, peer, proto, port);
	struct saying s = {.clause = c, .redirect = STR("")};

	if (!c) {
		s.reason = CNPC_NO_ENTRY;
	} else if (c->rule->verdict == IR_DENY) {
		s.reason = CNPC_DENIED;
	} else {
		s.redirect = redirect_name(r, r->arena, c);
		s.reason = s.redirect.n > 0 ? CNPC_REDIRECTED : CNPC_ALLOWED;
		s.tied = is_tied(of_peer, c, peer, proto, port);
	}
	return s;
}
