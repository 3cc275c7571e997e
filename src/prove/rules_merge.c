/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What several rules say of one port and one selector, and where that is a
 * conflict (semantics.md 2.7, 10.5).
 */
#include "cilium/version.h"
#include "prove/rules.h"

bool
clause_same_filter(const struct clause *a, const struct clause *b)
{
	const struct ir_port *p = a->port, *q = b->port;
	bool named = p->name.i != 0;

	return a->rule->tier == b->rule->tier && p->proto == q->proto &&
	    atom_eq(p->name, q->name) &&
	    (named || (p->port == q->port && p->end == q->end));
}

static bool
same_selector(const struct clause *a, const struct clause *b)
{
	return a->peer->selector == b->peer->selector &&
	    a->peer->endpoints == b->peer->endpoints;
}

/* Whether B makes A as if it were not there. */
static bool
is_overruled(const struct clause *a, const struct clause *b)
{
	int order = clause_compare_level(b, a);

	if (order != 0)
		return order < 0;
	switch (a->rule->verdict) {
	case IR_DENY:
		return false;
	case IR_ALLOW:
		return b->rule->verdict == IR_DENY;
	case IR_PASS:
		return b->rule->verdict != IR_PASS;
	}
	return false;
}

/* TLS and what it carries are one, all else is two. */
static bool
parsers_conflict(enum ir_parser a, enum ir_parser b)
{
	if (a == b || a == IR_PARSER_NONE || b == IR_PARSER_NONE)
		return false;
	return !(a == IR_PARSER_TLS && b == IR_PARSER_HTTP) &&
	    !(a == IR_PARSER_HTTP && b == IR_PARSER_TLS);
}

static bool
is_str(const struct ast_str *a, const struct ast_str *b)
{
	return a->present == b->present && str_eq(a->v, b->v);
}

static bool
tls_conflicts(const struct ast_tls_context *a, const struct ast_tls_context *b)
{
	return a && b &&
	    !(is_str(&a->secret->name, &b->secret->name) &&
		is_str(&a->secret->namespace, &b->secret->namespace) &&
		is_str(&a->trusted_ca, &b->trusted_ca) &&
		is_str(&a->certificate, &b->certificate) &&
		is_str(&a->private_key, &b->private_key));
}

/* A listener in the subject's namespace, of a subject without one. */
static bool
lacks_namespace(const struct rules *r, const struct ir_l7 *l7)
{
	return l7 && l7->parser == IR_PARSER_CRD && l7->by_namespace &&
	    r->subject->ns.n == 0 &&
	    l7->rule->listener->envoy_config->kind.present;
}

static struct merged
merged_of(const struct rules *r, const struct clause *c)
{
	const struct ir_l7 *l7 = c->port->l7;
	struct merged m = {.first = c, .auth = c->rule->auth};

	if (!l7 || c->rule->verdict != IR_ALLOW)
		return m;
	m.parser = l7->parser;
	m.listener = c->listener;
	m.name = l7->listener;
	m.requests =
	    l7->parser == IR_PARSER_HTTP || l7->parser == IR_PARSER_DNS;
	m.server_names = l7->rule->server_names.n > 0;
	m.terminating = l7->rule->terminating_tls;
	m.originating = l7->rule->originating_tls;
	if (lacks_namespace(r, l7))
		m.conflict = "a listener in the namespace of a subject that "
			     "has none";
	return m;
}

/* What is wrong with FROM beside TO, or NULL. */
static const char *
conflict_of(const struct merged *to, const struct merged *from)
{
	if (parsers_conflict(to->parser, from->parser))
		return "two parsers";
	if (to->listener != 0 && to->listener == from->listener &&
	    !str_eq(to->name, from->name))
		return "two listeners of one priority";
	if (to->auth != 0 && from->auth != 0 && to->auth != from->auth)
		return "two types of authentication";
	if (tls_conflicts(to->terminating, from->terminating) ||
	    tls_conflicts(to->originating, from->originating))
		return "two TLS contexts";
	return NULL;
}

static void
join(struct merged *to, const struct merged *from)
{
	bool had_requests = to->requests;

	if (!to->conflict)
		to->conflict = conflict_of(to, from);
	if (!to->conflict)
		to->conflict = from->conflict;
	if (from->listener != 0 &&
	    (to->listener == 0 || from->listener < to->listener)) {
		to->parser = from->parser;
		to->listener = from->listener;
		to->name = from->name;
	}
	if (to->auth == 0)
		to->auth = from->auth;
	if (!to->terminating)
		to->terminating = from->terminating;
	if (!to->originating)
		to->originating = from->originating;
	to->requests |= from->requests;
	to->server_names |= from->server_names;
	/* Names that come first pass unnoticed: semantics.md 2.7. */
	if (had_requests && to->server_names && !to->terminating)
		to->conflict = "server names and requests without TLS "
			       "termination";
}

/* False: another clause of the filter and selector counts instead. */
static bool
merge(const struct rules *r, const struct clause *c, struct merged *ret)
{
	struct merged m = merged_of(r, c);

	/* The entity none takes part in its filter, and is nobody. */
	if (str_is(c->peer->selector->text, "reserved:none"))
		return false;
	VEC_FOREACH (other, &r->clauses) {
		struct merged from;

		if (other == c || !clause_same_filter(c, other) ||
		    !same_selector(c, other) || is_overruled(other, c))
			continue;
		if (other < c || is_overruled(c, other))
			return false;
		from = merged_of(r, other);
		join(&m, &from);
	}
	*ret = m;
	return true;
}

static void
fail(struct rules *r, const char *conflict)
{
	if (!r->conflict)
		r->conflict = conflict;
}

/* Before 1.18 a filter has one parser, whatever its selectors. */
static void
check_parsers(struct rules *r)
{
	VEC_FOREACH (m, &r->merged) {
		for (const struct merged *k = r->merged.v; k < m; k++) {
			if (clause_same_filter(m->first, k->first) &&
			    parsers_conflict(m->parser, k->parser))
				fail(r, "two parsers in one filter");
		}
	}
}

void
rules_merge(struct rules *r)
{
	VEC_FOREACH (c, &r->clauses) {
		struct merged m;

		if (!merge(r, c, &m))
			continue;
		*vec_push(&r->merged, r->arena) = m;
		fail(r, m.conflict);
	}
	if (!version_has(r->premises->cilium, VERSION_PARSER_BY_SELECTOR))
		check_parsers(r);
}
