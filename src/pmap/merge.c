/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first error counts; merging goes on, because what else the filters ask
 * for is asked in any case.
 */
#include "pmap/merge.h"

#include "cilium/auth.h"
#include "pmap/levels.h"

static void
fail(struct merging *m, const char *error)
{
	if (!m->error)
		m->error = error;
}

static uint8_t
default_priority(enum ir_parser parser)
{
	switch (parser) {
	case IR_PARSER_NONE:
		return 0;
	case IR_PARSER_TLS:
		return LISTENER_PRIORITY_TLS;
	case IR_PARSER_HTTP:
		return LISTENER_PRIORITY_HTTP;
	case IR_PARSER_DNS:
		return LISTENER_PRIORITY_DNS;
	case IR_PARSER_CRD:
		return LISTENER_PRIORITY_CRD;
	}
	return 0;
}

/* The listener's full name, in the subject's namespace. */
static struct str
qualified_listener(struct merging *m, const struct ir_l7 *l7)
{
	struct str ns = l7->by_namespace ? m->ns : STR("");
	const struct ast_str *kind = &l7->rule->listener->envoy_config->kind;

	if (l7->by_namespace && ns.n == 0 && kind->present)
		fail(m,
		    "a listener of a namespaced CiliumEnvoyConfig, but "
		    "the endpoint has no namespace");
	return str_of(arena_printf(m->scratch, STR_FMT "/" STR_FMT, STR_ARG(ns),
	    STR_ARG(l7->listener)));
}

struct merged
merged_of(struct merging *m, const struct pmap_rule *rule,
    const struct ir_port *port)
{
	const struct ir_l7 *l7 = port->l7;
	struct merged merged = {.rule = rule, .auth = rule->rule->auth};

	if (!l7)
		return merged;
	merged.parser = l7->parser;
	merged.listener_priority = l7->listener_priority;
	if (l7->parser == IR_PARSER_CRD)
		merged.listener = qualified_listener(m, l7);
	if (merged.listener_priority == 0)
		merged.listener_priority = default_priority(l7->parser);
	merged.terminating = l7->rule->terminating_tls;
	merged.originating = l7->rule->originating_tls;
	merged.server_names = l7->rule->server_names.n > 0;
	merged.l7_rules =
	    l7->parser == IR_PARSER_HTTP || l7->parser == IR_PARSER_DNS;
	return merged;
}

void
merge_parser(struct merging *m, enum ir_parser *to, enum ir_parser parser)
{
	bool to_http = (*to == IR_PARSER_TLS && parser == IR_PARSER_HTTP) ||
	    (*to == IR_PARSER_HTTP && parser == IR_PARSER_TLS);

	if (parser == IR_PARSER_NONE || parser == *to)
		return;
	if (*to == IR_PARSER_NONE || to_http) {
		*to = to_http ? IR_PARSER_HTTP : parser;
		return;
	}
	fail(m,
	    arena_printf(m->scratch,
		"cannot merge conflicting L7 parsers (%s/%s)",
		pmap_parser_name(parser), pmap_parser_name(*to)));
}

static void
merge_listener(struct merging *m, struct merged *to, const struct merged *from)
{
	if (from->listener_priority == 0)
		return;
	if (to->listener_priority == 0 ||
	    from->listener_priority < to->listener_priority) {
		to->listener = from->listener;
		to->listener_priority = from->listener_priority;
	} else if (from->listener_priority == to->listener_priority &&
	    !str_eq(from->listener, to->listener)) {
		fail(m, "cannot merge two listeners of one priority");
	}
}

static void
merge_auth(struct merging *m, struct merged *to, uint8_t auth)
{
	if (to->auth == 0)
		to->auth = auth;
	else if (auth != 0 && auth != to->auth)
		fail(m,
		    arena_printf(m->scratch,
			"cannot merge conflicting authentication types (%s/%s)",
			auth_mode(auth & AUTH_TYPE),
			auth_mode(to->auth & AUTH_TYPE)));
}

static bool
same_str(const struct ast_str *a, const struct ast_str *b)
{
	return a->present == b->present && str_eq(a->v, b->v);
}

static bool
same_tls(const struct ast_tls_context *a, const struct ast_tls_context *b)
{
	return same_str(&a->secret->name, &b->secret->name) &&
	    same_str(&a->secret->namespace, &b->secret->namespace) &&
	    same_str(&a->trusted_ca, &b->trusted_ca) &&
	    same_str(&a->certificate, &b->certificate) &&
	    same_str(&a->private_key, &b->private_key);
}

static void
merge_tls(struct merging *m, const struct ast_tls_context **to,
    const struct ast_tls_context *tls)
{
	if (!*to)
		*to = tls;
	else if (tls && !same_tls(*to, tls))
		fail(m, "cannot merge conflicting TLS contexts");
}

void
merge(struct merging *m, struct merged *to, const struct merged *from)
{
	bool had_l7_rules = to->l7_rules;

	merge_parser(m, &to->parser, from->parser);
	merge_listener(m, to, from);
	merge_auth(m, to, from->auth);
	merge_tls(m, &to->terminating, from->terminating);
	merge_tls(m, &to->originating, from->originating);
	to->server_names |= from->server_names;
	to->l7_rules |= from->l7_rules;
	/* Names that come first pass unnoticed: semantics.md 2.7. */
	if (to->server_names && had_l7_rules && !to->terminating)
		fail(m, "server names and L7 rules without TLS termination");
}
