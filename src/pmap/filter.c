/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each pair of a port and a peer of a rule is a contribution.  Sorting brings
 * those of one filter together, and in it those of one selector, the strongest
 * first, which the others are merged into.
 *
 * Requires rules with levels (levels_assign()) and selectors that the world has
 * resolved.
 */
#include "pmap/filter.h"

#include <stdlib.h>
#include <string.h>

#include "cilium/version.h"
#include "pmap/levels.h"
#include "pmap/match.h"
#include "pmap/merge.h"
#include "pmap/port_name.h"
#include "pmap/redirect.h"
#include "pmap/selector_policy.h"

/* One port and one selector of one rule. */
struct contribution {
	const struct pmap_rule *rule;
	const struct ir_port *port;
	const struct ir_selector *selector;
	const struct bitset *required; /* of its peers besides; or NULL */
	bool named;                    /* its port has a name */
	uint32_t order;
};

struct resolution {
	struct filter_output *out;
	struct arena *arena, *scratch;
	const struct pmaps *m;
	const struct filter_input *in;
	VEC(struct contribution) contributions;
	/* NULL: no proxy reads anything. */
	struct selector_policies *selector_policies;
	struct merging merging;
};

/*
 * The number of the proxy that M leads to, in this direction.  A filter has one
 * for http and tls, which is called http.
 */
static uint16_t
redirect_of(struct resolution *r, const struct merged *m, bool http)
{
	enum ir_parser parser =
	    http && m->parser == IR_PARSER_TLS ? IR_PARSER_HTTP : m->parser;
	struct pmap_redirect redirect = {str_of(pmap_parser_name(parser)),
	    r->in->dir};

	if (m->parser == IR_PARSER_CRD)
		redirect.name = str_of(arena_printf(r->scratch, "crd:" STR_FMT,
		    STR_ARG(m->listener)));
	return redirect_number(&r->out->redirects, r->arena, &redirect);
}

static struct pmap_value
value_of(struct resolution *r, const struct merged *m, bool http)
{
	struct version cilium = r->m->world->ir->opt.cilium;
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
	    .redirect = redirect_of(r, m, http),
	    .precedence =
		precedence_redirect(cilium, level, m->listener_priority)};
}

/* Filters apart, then selectors, the wildcard first, then strength. */
static int
compare_filter(const struct contribution *a, const struct contribution *b)
{
	if (a->rule->rule->tier != b->rule->rule->tier)
		return a->rule->rule->tier < b->rule->rule->tier ? -1 : 1;
	if (a->port->proto != b->port->proto)
		return a->port->proto < b->port->proto ? -1 : 1;
	if (a->port->name.i != b->port->name.i)
		return a->port->name.i < b->port->name.i ? -1 : 1;
	if (a->port->port != b->port->port)
		return a->port->port < b->port->port ? -1 : 1;
	/* An endPort beside a name does not tell filters apart. */
	if (a->named)
		return 0;
	return (a->port->end > b->port->end) - (a->port->end < b->port->end);
}

/* What the agent calls the kinds whose rules can meet in a tier. */
static const char *
resource_kind(const struct object *o)
{
	if (o->kind == AST_CILIUM_CLUSTERWIDE_NETWORK_POLICY)
		return "ccnp";
	return o->kind == AST_CILIUM_NETWORK_POLICY ? "cnp" : "netpol";
}

/* The agent's order of rules: by kind, namespace and name of their policies. */
static int
compare_origin(const struct contribution *a, const struct contribution *b)
{
	const struct ir_policy *pa = a->rule->rule->policy,
			       *pb = b->rule->rule->policy;
	int c = 0;

	if (pa != pb && pa && pb) {
		c = strcmp(resource_kind(pa->object),
		    resource_kind(pb->object));
		if (c == 0)
			c = str_compare(pa->object->ns, pb->object->ns);
		if (c == 0)
			c = str_compare(pa->object->name, pb->object->name);
	}
	return c != 0 ? c : (a->order > b->order) - (a->order < b->order);
}

static bool
is_wildcard(const struct contribution *c)
{
	return c->selector->nreq == 0 && !c->required;
}

static int
compare_contribution(const void *pa, const void *pb)
{
	const struct contribution *a = pa, *b = pb;
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
	return compare_origin(a, b);
}

/*
 * Whether a later contribution of the selector joins the first one; none of the
 * entity `none` does (semantics.md 10.5).
 */
static bool
joins(const struct contribution *first, const struct contribution *c)
{
	return !str_is(first->selector->text, "reserved:none") &&
	    c->rule->level == first->rule->level &&
	    c->rule->rule->verdict == IR_ALLOW &&
	    first->rule->rule->verdict == IR_ALLOW;
}

/*
 * What the port of a filter of N contributions means, names resolved; the
 * first rule that has the name gives its endPort.  None: the filter matches
 * nothing.
 */
static name_vec
resolve_port(struct resolution *r, const struct contribution *c, size_t n)
{
	const struct contribution *first = c;
	struct pmap_name port = {
	    .tier = c->rule->rule->tier,
	    .proto = c->port->proto,
	    .name = c->port->name,
	    .port = c->port->port,
	};
	name_vec meanings = {0};

	for (size_t i = 1; i < n; i++) {
		if (compare_origin(&c[i], first) < 0)
			first = &c[i];
	}
	port.end = first->port->end;
	if (!c->named) {
		*vec_push(&meanings, r->scratch) = port;
		return meanings;
	}
	port_name_resolve(&meanings, r->scratch, r->m->world,
	    r->in->dir == DIR_INGRESS ? r->in->subject : NULL, &port);
	VEC_FOREACH (m, &meanings)
		*vec_push(&r->out->names, r->arena) = *m;
	return meanings;
}

/* Notes what a proxy may be told of N contributions of one selector. */
static void
add_selector_policy(struct resolution *r, const struct merged *m,
    const struct contribution *c, size_t n, const struct pmap_name *port,
    uint16_t redirect)
{
	if (!r->selector_policies || c->rule->rule->verdict != IR_ALLOW)
		return;
	selector_policies_begin(r->selector_policies,
	    &(struct pmap_selector_policy){
		.level = c->rule->level,
		.selector = c->selector,
		.proto = c->port->proto,
		.peers = port->peers,
		.port = port->port,
		.end = port->end,
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

/* Those that C selects and the port is for. */
static const struct bitset *
peers_of(struct resolution *r, const struct contribution *c,
    const struct pmap_name *port)
{
	const struct bitset *selected =
	    world_selected(r->m->world, c->selector);
	struct bitset *both;

	if (!c->required && !port->peers)
		return selected;
	both = bitset_dup(r->arena, selected);
	if (c->required)
		bitset_and(both, c->required);
	if (port->peers)
		bitset_and(both, port->peers);
	return both;
}

static void
add_candidates(struct resolution *r, const struct contribution *c,
    const struct bitset *peers, const struct pmap_name *port,
    const struct pmap_value *value)
{
	struct port_prefix cover[PORT_COVER_MAX];
	unsigned n = port_cover(port->port, port->end, cover);

	if (peers && bitset_empty(peers))
		return;
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

/* A wildcard is for identity 0 and for the aggregates. */
static void
add_peers(struct resolution *r, const struct contribution *c,
    const struct pmap_name *port, const struct pmap_value *value)
{
	if (!is_wildcard(c) || port->peers) {
		add_candidates(r, c, peers_of(r, c, port), port, value);
		return;
	}
	add_candidates(r, c, NULL, port, value);
	add_candidates(r, c, r->m->world->aggregates->all, port, value);
}

/* How many of N contributions to one filter are of the first one's selector. */
static size_t
count_of_selector(const struct contribution *c, size_t n)
{
	size_t end = 1;

	while (end < n && c[end].selector == c[0].selector &&
	    (!c[end].required) == (!c[0].required))
		end++;
	return end;
}

/* The contributions of one selector to a filter, and what they make. */
struct one_selector {
	struct merged merged;
	const struct contribution *v;
	size_t n;
};

/* N contributions of one selector, the strongest first, made one. */
static struct merged
merge_selector(struct resolution *r, const struct contribution *c, size_t n)
{
	struct merged m = merged_of(&r->merging, c->rule, c->port);

	for (size_t i = 1; i < n; i++) {
		struct merged other;

		if (!joins(c, &c[i]))
			continue;
		other = merged_of(&r->merging, c[i].rule, c[i].port);
		merge(&r->merging, &m, &other);
	}
	return m;
}

/* Before 1.18 a filter has one parser, whatever its selectors. */
static void
check_parser(struct resolution *r, enum ir_parser *all, const struct merged *m)
{
	if (m->rule->rule->verdict == IR_ALLOW &&
	    !version_has(r->m->world->ir->opt.cilium,
		VERSION_PARSER_BY_SELECTOR))
		merge_parser(&r->merging, all, m->parser);
}

/*
 * Adds what the contributions of a selector have become, unless it is left out:
 * where a filter is for certain ports, one that has the same value as the
 * WILDCARD is (semantics.md 10.7).
 */
static void
add_selector(struct resolution *r, const struct one_selector *s,
    const name_vec *meanings, bool http, struct pmap_value *wildcard)
{
	const struct contribution *c = s->v;
	struct pmap_value value;

	if (meanings->n == 0)
		return;
	value = value_of(r, &s->merged, http);
	if (is_wildcard(c))
		*wildcard = value;
	VEC_FOREACH (port, meanings) {
		add_selector_policy(r, &s->merged, c, s->n, port,
		    value.redirect);
		if (is_wildcard(c) || port->port == 0 ||
		    value_compare(&value, wildcard) != 0)
			add_peers(r, c, port, &value);
	}
}

/* One filter, of N contributions. */
static void
resolve_filter(struct resolution *r, const struct contribution *c, size_t n)
{
	enum ir_parser parser = IR_PARSER_NONE;
	VEC(struct one_selector) selectors = {0};
	struct pmap_value wildcard = {0};
	name_vec meanings = resolve_port(r, c, n);
	bool http = false;

	while (n > 0) {
		size_t same = count_of_selector(c, n);
		struct one_selector *s = vec_push(&selectors, r->scratch);

		*s = (struct one_selector){merge_selector(r, c, same), c, same};
		check_parser(r, &parser, &s->merged);
		http |= s->merged.parser == IR_PARSER_HTTP &&
		    c->rule->rule->verdict == IR_ALLOW;
		c += same;
		n -= same;
	}
	VEC_FOREACH (s, &selectors)
		add_selector(r, s, &meanings, http, &wildcard);
}

static void
add_contributions(struct resolution *r, const struct pmap_rule *ranked)
{
	const struct ir_rule *rule = ranked->rule;
	const struct bitset *required =
	    rule->verdict == IR_PASS ? NULL : r->in->required[rule->verdict];

	for (uint32_t k = 0; k < rule->nports; k++) {
		const struct ir_port *port = &rule->ports[k];
		bool named = !atom_eq(port->name, r->m->world->ir->word.empty);

		for (uint32_t p = 0; p < rule->npeers; p++) {
			const struct ir_peer *peer = &rule->peers[p];

			*vec_push(&r->contributions, r->scratch) =
			    (struct contribution){ranked, port, peer->selector,
				peer->endpoints ? required : NULL, named,
				(uint32_t)r->contributions.n};
		}
	}
}

static void
resolve_filters(struct resolution *r)
{
	const struct contribution *v;
	size_t n;

	for (uint32_t i = 0; i < r->in->nrules; i++)
		add_contributions(r, &r->in->rules[i]);
	v = r->contributions.v;
	n = r->contributions.n;
	if (n > 1)
		qsort(r->contributions.v, n, sizeof(*v), compare_contribution);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1;
		     end < n && compare_filter(&v[i], &v[end]) == 0; end++)
			continue;
		resolve_filter(r, &v[i], end - i);
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
	    .in = in,
	    .merging = {.scratch = scratch, .ns = in->ns}};
	bool proxy = false;

	for (uint32_t i = 0; i < in->nrules; i++)
		proxy |= match_has_proxy(in->rules[i].rule);
	if (proxy)
		r.selector_policies = selector_policies_new(scratch,
		    !in->default_deny &&
			version_has(m->world->ir->opt.cilium,
			    VERSION_DEFAULT_ALLOW_L7));
	resolve_filters(&r);
	if (!r.merging.error && r.selector_policies)
		selector_policies_finish(r.selector_policies, a, out);
	return r.merging.error;
}
