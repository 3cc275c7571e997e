/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notes what filters let pass, by selector and port, and at the end reads the
 * rules of those whose ports a proxy turned out to read.
 */
#include "pmap/selector_policy.h"

#include <stdlib.h>

#include "base/search.h"

/* A rule's candidate of a selector_policy. */
struct origin {
	const struct ir_rule *rule;
	const struct ir_port *port;
};

struct noted {
	struct pmap_selector_policy selector_policy;
	size_t first, n; /* its origins */
};

/* Ports of one level that are redirected. */
struct range {
	uint32_t level;
	uint8_t proto;
	uint16_t first, last;
};

struct selector_policies {
	struct arena *scratch;
	bool default_allow;
	VEC(struct noted) noted;
	VEC(struct origin) origins;
	VEC(struct range) redirected; /* apart and sorted, when finishing */
};

struct selector_policies *
selector_policies_new(struct arena *scratch, bool default_allow)
{
	struct selector_policies *gs =
	    ARENA_NEW(scratch, struct selector_policies);

	*gs = (struct selector_policies){.scratch = scratch,
	    .default_allow = default_allow};
	return gs;
}

/* The ports of a selector_policy, both ends included. */
static struct range
range_of(const struct pmap_selector_policy *g)
{
	struct range r = {g->level, g->proto, g->port, g->port};

	if (g->end > g->port)
		r.last = g->end;
	else if (g->port == 0)
		r.last = UINT16_MAX;
	return r;
}

bool
pmap_selector_policy_covers(const struct pmap_selector_policy *g, uint8_t proto,
    uint16_t port)
{
	struct range r = range_of(g);

	return g->proto == 0 ||
	    (g->proto == proto && port >= r.first && port <= r.last);
}

void
selector_policies_begin(struct selector_policies *gs,
    const struct pmap_selector_policy *g)
{
	*vec_push(&gs->noted, gs->scratch) =
	    (struct noted){.selector_policy = *g, .first = gs->origins.n};
	if (g->redirect != 0)
		*vec_push(&gs->redirected, gs->scratch) = range_of(g);
}

void
selector_policies_add(struct selector_policies *gs, const struct ir_rule *rule,
    const struct ir_port *port)
{
	*vec_push(&gs->origins, gs->scratch) = (struct origin){rule, port};
	gs->noted.v[gs->noted.n - 1].n++;
}

static int
compare_range(const void *pa, const void *pb)
{
	const struct range *a = pa, *b = pb;

	if (a->level != b->level)
		return a->level < b->level ? -1 : 1;
	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	return (a->first > b->first) - (a->first < b->first);
}

/* Sorts the redirected ranges and joins those that overlap. */
static void
join_ranges(struct selector_policies *gs)
{
	struct range *v = gs->redirected.v;
	size_t n = 0;

	if (gs->redirected.n > 1)
		qsort(v, gs->redirected.n, sizeof(*v), compare_range);
	for (size_t i = 0; i < gs->redirected.n; i++) {
		if (n > 0 && v[n - 1].level == v[i].level &&
		    v[n - 1].proto == v[i].proto &&
		    v[n - 1].last >= v[i].first) {
			if (v[i].last > v[n - 1].last)
				v[n - 1].last = v[i].last;
		} else {
			v[n++] = v[i];
		}
	}
	gs->redirected.n = n;
}

/* Whether some port of R, of any protocol if R is, is redirected. */
static bool
is_redirected(const struct selector_policies *gs, const struct range *r)
{
	const struct range *v = gs->redirected.v, *last;
	struct range end = *r;
	size_t i;

	end.first = r->last;
	if (r->proto == 0)
		end.proto = UINT8_MAX;
	LOWER_BOUND(i, gs->redirected.n, compare_range(&v[i], &end) <= 0);
	if (i == 0)
		return false;
	last = &v[i - 1];
	return last->level == r->level &&
	    (r->proto == 0 ||
		(last->proto == r->proto && last->last >= r->first));
}

typedef VEC(struct pmap_l7_rule) rule_vec;
typedef VEC(struct pmap_server_name) name_vec;

/* What one rule lets pass; without rules for requests, all. */
static void
read_rules(const struct selector_policies *gs, struct arena *a,
    const struct origin *s, rule_vec *out)
{
	const struct ir_l7 *l7 = s->port->l7;
	const struct ast_l7_rules *r = l7 ? l7->rule->rules : NULL;
	struct pmap_l7_rule all = {.rule = s->rule, .at = s->port->at};
	size_t before = out->n;

	for (uint32_t i = 0; r && i < r->http.n; i++)
		*vec_push(out, a) = (struct pmap_l7_rule){.rule = s->rule,
		    .at = r->http.v[i].at,
		    .http = &r->http.v[i]};
	for (uint32_t i = 0; r && i < r->dns.n; i++)
		*vec_push(out, a) = (struct pmap_l7_rule){.rule = s->rule,
		    .at = r->dns.v[i].at,
		    .dns = &r->dns.v[i]};
	all.default_allow = out->n > before;
	if (out->n == before || gs->default_allow)
		*vec_push(out, a) = all;
}

static void
read_names(struct arena *a, const struct origin *s, name_vec *out)
{
	const struct ast_str_list *names =
	    s->port->l7 ? &s->port->l7->rule->server_names : NULL;

	for (uint32_t i = 0; names && i < names->n; i++)
		*vec_push(out, a) =
		    (struct pmap_server_name){&names->v[i], s->rule};
}

void
selector_policies_finish(struct selector_policies *gs, struct arena *a,
    struct filter_output *out)
{
	join_ranges(gs);
	VEC_FOREACH (n, &gs->noted) {
		struct range range = range_of(&n->selector_policy);
		struct pmap_selector_policy *g;
		rule_vec rules = {0};
		name_vec names = {0};

		if (!is_redirected(gs, &range))
			continue;
		for (size_t i = n->first; i < n->first + n->n; i++) {
			read_rules(gs, a, &gs->origins.v[i], &rules);
			read_names(a, &gs->origins.v[i], &names);
		}
		g = vec_push(&out->selector_policies, a);
		*g = n->selector_policy;
		g->rules = rules.v;
		g->nrules = (uint32_t)rules.n;
		g->names = names.v;
		g->nnames = (uint32_t)names.n;
	}
}

const char *
pmap_parser_name(enum ir_parser parser)
{
	switch (parser) {
	case IR_PARSER_NONE:
		return "";
	case IR_PARSER_TLS:
		return "tls";
	case IR_PARSER_HTTP:
		return "http";
	case IR_PARSER_DNS:
		return "dns";
	case IR_PARSER_CRD:
		return "crd";
	}
	return NULL;
}
