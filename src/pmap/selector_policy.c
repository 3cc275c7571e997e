/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notes what filters let pass, by selector and port, and at the end reads the
 * rules of those whose ports a proxy turned out to read.
 */
#include "pmap/selector_policy.h"

#include <stdlib.h>

#include "base/search.h"

/* One of the rules that a policy is merged from. */
struct origin {
	const struct ir_rule *rule;
	const struct ir_port *port;
};

struct noted {
	struct pmap_selector_policy policy;
	size_t first, n; /* its origins */
};

/* Ports of one level, both ends included. */
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
	VEC(struct range) redirected; /* joined and sorted, when finishing */
};

struct selector_policies *
selector_policies_new(struct arena *scratch, bool default_allow)
{
	struct selector_policies *all =
	    ARENA_NEW(scratch, struct selector_policies);

	*all = (struct selector_policies){.scratch = scratch,
	    .default_allow = default_allow};
	return all;
}

static struct range
range_of(const struct pmap_selector_policy *p)
{
	struct range r = {p->level, p->proto, p->port, p->port};

	if (p->end > p->port)
		r.last = p->end;
	else if (p->port == 0)
		r.last = UINT16_MAX;
	return r;
}

bool
pmap_selector_policy_covers(const struct pmap_selector_policy *p, uint8_t proto,
    uint16_t port)
{
	struct range r = range_of(p);

	return p->proto == 0 ||
	    (p->proto == proto && port >= r.first && port <= r.last);
}

void
selector_policies_begin(struct selector_policies *all,
    const struct pmap_selector_policy *p)
{
	*vec_push(&all->noted, all->scratch) =
	    (struct noted){.policy = *p, .first = all->origins.n};
	if (p->redirect != 0)
		*vec_push(&all->redirected, all->scratch) = range_of(p);
}

void
selector_policies_add(struct selector_policies *all, const struct ir_rule *rule,
    const struct ir_port *port)
{
	*vec_push(&all->origins, all->scratch) = (struct origin){rule, port};
	all->noted.v[all->noted.n - 1].n++;
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
join_ranges(struct selector_policies *all)
{
	struct range *v = all->redirected.v;
	size_t n = 0;

	if (all->redirected.n > 1)
		qsort(v, all->redirected.n, sizeof(*v), compare_range);
	for (size_t i = 0; i < all->redirected.n; i++) {
		if (n > 0 && v[n - 1].level == v[i].level &&
		    v[n - 1].proto == v[i].proto &&
		    v[n - 1].last >= v[i].first) {
			if (v[i].last > v[n - 1].last)
				v[n - 1].last = v[i].last;
		} else {
			v[n++] = v[i];
		}
	}
	all->redirected.n = n;
}

/* Whether some port of R, of any protocol if R is, is redirected. */
static bool
is_redirected(const struct selector_policies *all, const struct range *r)
{
	const struct range *v = all->redirected.v, *last;
	struct range end = *r;
	size_t i;

	end.first = r->last;
	if (r->proto == 0)
		end.proto = UINT8_MAX;
	LOWER_BOUND(i, all->redirected.n, compare_range(&v[i], &end) <= 0);
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
read_rules(const struct selector_policies *all, struct arena *a,
    const struct origin *from, rule_vec *out)
{
	const struct ir_l7 *l7 = from->port->l7;
	const struct ast_l7_rules *r = l7 ? l7->rule->rules : NULL;
	struct pmap_l7_rule every = {.rule = from->rule, .at = from->port->at};
	size_t before = out->n;

	for (uint32_t i = 0; r && i < r->http.n; i++)
		*vec_push(out, a) = (struct pmap_l7_rule){.rule = from->rule,
		    .at = r->http.v[i].at,
		    .http = &r->http.v[i]};
	for (uint32_t i = 0; r && i < r->dns.n; i++)
		*vec_push(out, a) = (struct pmap_l7_rule){.rule = from->rule,
		    .at = r->dns.v[i].at,
		    .dns = &r->dns.v[i]};
	every.default_allow = out->n > before;
	if (out->n == before || all->default_allow)
		*vec_push(out, a) = every;
}

static void
read_names(struct arena *a, const struct origin *from, name_vec *out)
{
	const struct ast_str_list *names =
	    from->port->l7 ? &from->port->l7->rule->server_names : NULL;

	for (uint32_t i = 0; names && i < names->n; i++)
		*vec_push(out, a) =
		    (struct pmap_server_name){&names->v[i], from->rule};
}

void
selector_policies_finish(struct selector_policies *all, struct arena *a,
    struct filter_output *out)
{
	join_ranges(all);
	VEC_FOREACH (n, &all->noted) {
		struct range range = range_of(&n->policy);
		struct pmap_selector_policy *p;
		rule_vec rules = {0};
		name_vec names = {0};

		if (!is_redirected(all, &range))
			continue;
		for (size_t i = n->first; i < n->first + n->n; i++) {
			read_rules(all, a, &all->origins.v[i], &rules);
			read_names(a, &all->origins.v[i], &names);
		}
		p = vec_push(&out->selector_policies, a);
		*p = n->policy;
		p->rules = rules.v;
		p->nrules = (uint32_t)rules.n;
		p->names = names.v;
		p->nnames = (uint32_t)names.n;
	}
}
