/* SPDX-License-Identifier: Apache-2.0 */
#include "pmap/filter.h"

#include <stdlib.h>

#include "cilium/auth.h"
#include "cilium/version.h"
#include "pmap/selector_policy.h"
#include "pmap/levels.h"
#include "pmap/match.h"
#include "pmap/redirect.h"

/* One port and one selector of one rule. */
struct claim {
	const struct pmap_rule *rule;
	const struct ir_port *port;
	const struct ir_selector *selector;
	const struct bitset *required; /* of its peers besides; or NULL */
	uint32_t order;
};

/* The claims of one selector in one filter, made one. */
struct merged {
	const struct pmap_rule *rule; /* the first of the strongest */
	enum ir_parser parser;
	struct str listener; /* of IR_PARSER_CRD, qualified */
	uint8_t listener_priority;
	uint8_t auth; /* as in the map */
	const struct ast_tls_context *terminating, *originating;
	bool server_names, l7_rules;
};

struct resolution {
	struct filter_output *out;
	struct arena *arena, *scratch;
	const struct pmaps *m;
	const struct filter_input *in;
	VEC(struct claim) claims;
	struct selector_policies
	    *selector_policies; /* NULL: no proxy reads anything */
	const char *error;      /* the first */
};

static void
fail(struct resolution *r, const char *error)
{
	if (!r->error)
		r->error = error;
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

/* The listener's full name, in the subject's namespace (semantics.md 10.5). */
static struct str
qualified_listener(struct resolution *r, const struct ir_l7 *l7)
{
	struct str ns = l7->by_namespace ? r->in->ns : STR("");
	const struct ast_str *kind = &l7->rule->listener->envoy_config->kind;

	if (l7->by_namespace && ns.n == 0 && kind->present)
		fail(r,
		    "a listener of a namespaced CiliumEnvoyConfig, but "
		    "the endpoint has no namespace");
	return str_of(arena_printf(r->scratch, STR_FMT "/" STR_FMT, STR_ARG(ns),
	    STR_ARG(l7->listener)));
}

static struct merged
merged_of(struct resolution *r, const struct claim *c)
{
	const struct ir_l7 *l7 = c->port->l7;
	struct merged m = {.rule = c->rule, .auth = c->rule->rule->auth};

	if (!l7)
		return m;
	m.parser = l7->parser;
	m.listener_priority = l7->listener_priority;
	if (l7->parser == IR_PARSER_CRD)
		m.listener = qualified_listener(r, l7);
	if (m.listener_priority == 0)
		m.listener_priority = default_priority(l7->parser);
	m.terminating = l7->rule->terminating_tls;
	m.originating = l7->rule->originating_tls;
	m.server_names = l7->rule->server_names.n > 0;
	m.l7_rules =
	    l7->parser == IR_PARSER_HTTP || l7->parser == IR_PARSER_DNS;
	return m;
}

static void
merge_parser(struct resolution *r, struct merged *to, const struct merged *m)
{
	bool to_http =
	    (to->parser == IR_PARSER_TLS && m->parser == IR_PARSER_HTTP) ||
	    (to->parser == IR_PARSER_HTTP && m->parser == IR_PARSER_TLS);

	if (m->parser == IR_PARSER_NONE || m->parser == to->parser)
		return;
	if (to->parser == IR_PARSER_NONE || to_http) {
		to->parser = to_http ? IR_PARSER_HTTP : m->parser;
		return;
	}
	fail(r,
	    arena_printf(r->scratch,
		"cannot merge conflicting L7 parsers (%s/%s)",
		pmap_parser_name(m->parser), pmap_parser_name(to->parser)));
}

static void
merge_listener(struct resolution *r, struct merged *to, const struct merged *m)
{
	if (m->listener_priority == 0)
		return;
	if (to->listener_priority == 0 ||
	    m->listener_priority < to->listener_priority) {
		to->listener = m->listener;
		to->listener_priority = m->listener_priority;
	} else if (m->listener_priority == to->listener_priority &&
	    !str_eq(m->listener, to->listener)) {
		fail(r, "cannot merge two listeners of one priority");
	}
}

static void
merge_tls(struct resolution *r, const struct ast_tls_context **to,
    const struct ast_tls_context *tls)
{
	if (!*to)
		*to = tls;
	else if (tls && !same_tls(*to, tls))
		fail(r, "cannot merge conflicting TLS contexts");
}

static void
merge_auth(struct resolution *r, struct merged *to, const struct merged *m)
{
	if (to->auth == 0)
		to->auth = m->auth;
	else if (m->auth != 0 && m->auth != to->auth)
		fail(r,
		    arena_printf(r->scratch,
			"cannot merge conflicting authentication types (%s/%s)",
			auth_mode(m->auth & AUTH_TYPE),
			auth_mode(to->auth & AUTH_TYPE)));
}

static void
merge(struct resolution *r, struct merged *to, const struct merged *m)
{
	merge_parser(r, to, m);
	merge_listener(r, to, m);
	merge_auth(r, to, m);
	merge_tls(r, &to->terminating, m->terminating);
	merge_tls(r, &to->originating, m->originating);
	to->server_names |= m->server_names;
	to->l7_rules |= m->l7_rules;
	if (to->server_names && to->l7_rules && !to->terminating)
		fail(r, "server names and L7 rules without TLS termination");
}

static uint16_t
redirect_of(struct resolution *r, const struct merged *m)
{
	struct pmap_redirect redirect = {str_of(pmap_parser_name(m->parser)),
	    r->in->dir};

	if (m->parser == IR_PARSER_CRD)
		redirect.name = str_of(arena_printf(r->scratch, "crd:" STR_FMT,
		    STR_ARG(m->listener)));
	return redirect_number(&r->out->redirects, r->arena, &redirect);
}

static struct pmap_value
value_of(struct resolution *r, const struct merged *m)
{
	unsigned cilium = r->m->world->ir->opt.cilium;
	uint32_t level = m->rule->level;

	switch (m->rule->rule->verdict) {
	case IR_DENY:
		return (struct pmap_value){.deny = true,
		    .precedence = precedence_deny(level)};
	case IR_PASS:
		return (struct pmap_value){
		    .precedence = precedence_pass(level)};
	case IR_ALLOW:
		break;
	}
	if (m->parser == IR_PARSER_NONE)
		return (struct pmap_value){.auth = m->auth,
		    .precedence = precedence_allow(cilium, level)};
	return (struct pmap_value){.auth = m->auth,
	    .redirect = redirect_of(r, m),
	    .precedence =
		precedence_redirect(cilium, level, m->listener_priority)};
}

/* Filters apart, then selectors, the wildcard first, then strength. */
static int
compare_filter(const struct claim *a, const struct claim *b)
{
	if (a->rule->rule->tier != b->rule->rule->tier)
		return a->rule->rule->tier < b->rule->rule->tier ? -1 : 1;
	if (a->port->proto != b->port->proto)
		return a->port->proto < b->port->proto ? -1 : 1;
	if (a->port->name.i != b->port->name.i)
		return a->port->name.i < b->port->name.i ? -1 : 1;
	if (a->port->port != b->port->port)
		return a->port->port < b->port->port ? -1 : 1;
	return (a->port->end > b->port->end) - (a->port->end < b->port->end);
}

static bool
is_wildcard(const struct claim *c)
{
	return c->selector->nreq == 0 && !c->required;
}

static int
compare_claim(const void *pa, const void *pb)
{
	const struct claim *a = pa, *b = pb;
	int c = compare_filter(a, b), ra, rb;

	if (c != 0)
		return c;
	if (is_wildcard(a) != is_wildcard(b))
		return is_wildcard(a) ? -1 : 1;
	if (a->selector != b->selector)
		return a->selector->index < b->selector->index ? -1 : 1;
	if ((!a->required) != (!b->required))
		return !a->required ? -1 : 1;
	if (a->rule->level != b->rule->level)
		return a->rule->level < b->rule->level ? -1 : 1;
	ra = verdict_rank(a->rule->rule->verdict);
	rb = verdict_rank(b->rule->rule->verdict);
	if (ra != rb)
		return ra - rb;
	return (a->order > b->order) - (a->order < b->order);
}

/* Whether a later claim of the selector joins the first one; none of the
 * entity `none` does (semantics.md 10.5). */
static bool
joins(const struct claim *first, const struct claim *c)
{
	return !str_is(first->selector->text, "reserved:none") &&
	    c->rule->level == first->rule->level &&
	    c->rule->rule->verdict == IR_ALLOW &&
	    first->rule->rule->verdict == IR_ALLOW;
}

/* What the name means on the subject itself. */
static bool
resolve_ingress(const struct filter_input *in, const struct ir_port *p,
    uint16_t *ret_port)
{
	const struct endpoint *e = in->subject;

	for (uint32_t i = 0; i < e->nports; i++) {
		if (atom_eq(e->ports[i].name, p->name) &&
		    e->ports[i].proto == p->proto) {
			*ret_port = e->ports[i].port;
			return true;
		}
	}
	return false;
}

/*
 * What the name means on everybody that a selector of the filter selects, or
 * once on all pods: one number, or nothing.
 */
static bool
resolve_egress(struct resolution *r, const struct claim *c, size_t n,
    uint16_t *ret_port)
{
	const struct world *w = r->m->world;
	const struct ir_port *p = c->port;
	struct bitset *peers = bitset_new(r->scratch, (uint32_t)w->idents.n);
	bool among_peers =
	    version_has(w->ir->opt.cilium, VERSION_PORT_NAMES_OF_PEERS);
	uint32_t port = 0;

	for (size_t i = 0; i < n; i++)
		bitset_or(peers, world_selected(w, c[i].selector));
	for (size_t i = world_known_port(w, p->name); i < w->known_ports.n;
	     i++) {
		const struct known_port *k = &w->known_ports.v[i];

		if (!atom_eq(k->port.name, p->name))
			break;
		if (k->port.proto != p->proto ||
		    (among_peers && !bitset_test(peers, k->ident.i)))
			continue;
		if (port != 0 && port != k->port.port)
			return false;
		port = k->port.port;
	}
	*ret_port = (uint16_t)port;
	return port != 0;
}

/* The port of a filter as a number; false: the filter says nothing. */
static bool
resolve_port(struct resolution *r, const struct claim *c, size_t n,
    uint16_t *ret_port)
{
	uint16_t port = 0;
	bool found;

	if (atom_eq(c->port->name, r->m->world->ir->word.empty)) {
		*ret_port = c->port->port;
		return true;
	}
	found = r->in->dir == DIR_INGRESS
	    ? resolve_ingress(r->in, c->port, &port)
	    : resolve_egress(r, c, n, &port);
	*vec_push(&r->out->names, r->arena) = (struct pmap_name){
	    .tier = c->rule->rule->tier,
	    .proto = c->port->proto,
	    .name = c->port->name,
	    .end = c->port->end,
	    .port = found ? port : 0,
	};
	if (found)
		*ret_port = port;
	return found;
}

/* Notes what a proxy may be told of N claims of one selector. */
static void
add_grant(struct resolution *r, const struct merged *m, const struct claim *c,
    size_t n, uint16_t port, uint16_t redirect)
{
	if (!r->selector_policies || c->rule->rule->verdict != IR_ALLOW)
		return;
	selector_policies_begin(r->selector_policies,
	    &(struct pmap_selector_policy){
		.level = c->rule->level,
		.selector = c->selector,
		.proto = c->port->proto,
		.port = port,
		.end = c->port->end,
		.parser = m->parser,
		.redirect = redirect,
		.listener_priority = m->listener_priority,
		.terminating = m->terminating,
		.originating = m->originating,
	    });
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || joins(c, &c[i]))
			selector_policies_add(r->selector_policies,
			    c[i].rule->rule, c[i].port);
	}
}

static const struct bitset *
peers_of(struct resolution *r, const struct claim *c)
{
	const struct bitset *selected =
	    world_selected(r->m->world, c->selector);
	struct bitset *narrow;

	if (!c->required)
		return selected;
	narrow = bitset_dup(r->arena, selected);
	bitset_and(narrow, c->required);
	return narrow;
}

static void
add_candidates(struct resolution *r, const struct claim *c, uint16_t port,
    const struct pmap_value *value)
{
	struct port_prefix cover[PORT_COVER_MAX];
	const struct bitset *peers = NULL;
	unsigned n;

	if (!is_wildcard(c)) {
		peers = peers_of(r, c);
		if (bitset_empty(peers))
			return;
	}
	n = port_cover(port, c->port->end, cover);
	for (unsigned i = 0; i < n; i++)
		*vec_push(&r->out->candidates, r->scratch) = (struct candidate){
		    .key = {c->port->proto, cover[i]},
		    .pass = c->rule->rule->verdict == IR_PASS,
		    .value = *value,
		    .tier_max = precedence_deny(c->rule->tier_first),
		    .tier_min = precedence_pass(c->rule->tier_next) + 0x100,
		    .peers = peers,
		    .order = (uint32_t)r->out->candidates.n,
		};
}

/*
 * One filter.  Where it is for certain ports, claims that say the same as the
 * wildcard's are left out (semantics.md 10.7).
 */
static void
resolve_filter(struct resolution *r, const struct claim *c, size_t n)
{
	struct pmap_value wildcard = {0};
	uint16_t port;
	size_t end;
	bool named = resolve_port(r, c, n, &port);

	for (size_t i = 0; i < n; i = end) {
		struct merged m = merged_of(r, &c[i]), other;
		struct pmap_value value;

		for (end = i + 1; end < n && c[end].selector == c[i].selector &&
		     (!c[end].required) == (!c[i].required);
		     end++) {
			if (joins(&c[i], &c[end])) {
				other = merged_of(r, &c[end]);
				merge(r, &m, &other);
			}
		}
		if (!named)
			continue;
		value = value_of(r, &m);
		add_grant(r, &m, &c[i], end - i, port, value.redirect);
		if (is_wildcard(&c[i]))
			wildcard = value;
		else if (port != 0 && value_compare(&value, &wildcard) == 0)
			continue;
		add_candidates(r, &c[i], port, &value);
	}
}

static void
add_claims(struct resolution *r, const struct pmap_rule *ranked)
{
	const struct ir_rule *rule = ranked->rule;
	const struct bitset *required =
	    rule->verdict == IR_PASS ? NULL : r->in->required[rule->verdict];

	for (uint32_t k = 0; k < rule->nports; k++) {
		for (uint32_t p = 0; p < rule->npeers; p++) {
			const struct ir_peer *peer = &rule->peers[p];

			*vec_push(&r->claims, r->scratch) =
			    (struct claim){ranked, &rule->ports[k],
				peer->selector,
				peer->endpoints ? required : NULL,
				(uint32_t)r->claims.n};
		}
	}
}

static void
resolve(struct resolution *r)
{
	const struct filter_input *in = r->in;
	size_t end;

	for (uint32_t i = 0; i < in->nrules; i++)
		add_claims(r, &in->rules[i]);
	if (r->claims.n > 1)
		qsort(r->claims.v, r->claims.n, sizeof(*r->claims.v),
		    compare_claim);
	for (size_t i = 0; i < r->claims.n; i = end) {
		for (end = i + 1; end < r->claims.n &&
		     compare_filter(&r->claims.v[i], &r->claims.v[end]) == 0;
		     end++)
			continue;
		resolve_filter(r, &r->claims.v[i], end - i);
	}
}

const char *
filters_resolve(struct filter_output *out, struct arena *a,
    struct arena *scratch, const struct pmaps *m, const struct filter_input *in)
{
	struct resolution r = {.out = out,
	    .arena = a,
	    .scratch = scratch,
	    .m = m,
	    .in = in};
	bool proxy = false;

	for (uint32_t i = 0; i < in->nrules; i++)
		proxy |= match_has_proxy(in->rules[i].rule);
	if (proxy)
		r.selector_policies = selector_policies_new(scratch,
		    !in->default_deny &&
			version_has(m->world->ir->opt.cilium,
			    VERSION_DEFAULT_ALLOW_L7));
	resolve(&r);
	if (!r.error && r.selector_policies)
		selector_policies_finish(r.selector_policies, a, out);
	return r.error;
}
