/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What proxies are to check, held against the rules, the redirects, and the
 * policy maps that send traffic to them.
 */
#include "base/map.h"
#include "bundle/bundle.h"
#include "bundle/reading.h"
#include "bundle/shape.h"

/* The lists of the document, and how much of them was referred to so far. */
struct l7_lists {
	struct reading *r;
	const struct ynode *rules, *selectors;
	uint32_t nrules, nselectors;
	struct map policies; /* kind, namespace, name and file of a policy */
};

static struct str
policy_key(struct arena *a, struct str kind, struct str ns, struct str name,
    struct str file)
{
	return str_of(
	    arena_printf(a, STR_FMT " " STR_FMT " " STR_FMT " " STR_FMT,
		STR_ARG(kind), STR_ARG(ns), STR_ARG(name), STR_ARG(file)));
}

static void
note_policies(struct l7_lists *l)
{
	struct reading *r = l->r;

	map_init(&l->policies, r->arena);
	VEC_FOREACH (rule, &r->ret->rules) {
		struct str key = policy_key(r->arena, rule->kind, rule->ns,
		    rule->name, rule->file);

		*map_put(&l->policies, key.s, key.n) = l;
	}
}

/* Whose a rule is; those without a kind are Cilium's own. */
static const char *
check_rule(const struct l7_lists *l, const struct ynode *n)
{
	struct str kind = ynode_get(n, "kind")->s, key;
	const struct ynode *file = ynode_get(n, "file");
	int bodies = !!ynode_get(n, "http") + !!ynode_get(n, "dns") +
	    !!ynode_get(n, "all");

	if (bodies != 1)
		return "a rule is one of \"http\", \"dns\" and \"all\"";
	if (kind.n == 0)
		return NULL;
	if (!file)
		return "a rule of a policy has no \"file\"";
	key = policy_key(l->r->arena, kind, ynode_get(n, "namespace")->s,
	    ynode_get(n, "name")->s, file->s);
	return map_get(&l->policies, key.s, key.n)
	    ? NULL
	    : "a rule is of a policy that is not there";
}

static const char *
check_selector(const struct l7_lists *l, const struct ynode *n)
{
	const struct ynode *any = ynode_get(n, "any");
	const struct ynode *ids = ynode_get(n, "identities");
	int64_t last = 0;

	if (!any == !ids || (any && !any->b))
		return "a selector selects any or \"identities\"";
	for (uint32_t i = 0; ids && i < ids->seq.n; i++) {
		int64_t id = ids->seq.v[i]->i;

		if (id <= last || id > UINT32_MAX ||
		    !reading_knows(l->r, (uint32_t)id))
			return "a selector selects what is no identity";
		last = id;
	}
	return NULL;
}

/* Whether N is a number so far, or the next one: they are first met in order.
 */
static bool
meet(const struct ynode *n, uint32_t *met)
{
	if (n->i < 0 || n->i > *met)
		return false;
	*met += n->i == *met;
	return true;
}

/* The redirect of a grant, whose port goes to the direction's. */
static const char *
check_redirect(struct reading *r, const struct ynode *n,
    struct l7_direction *to)
{
	const struct ynode *name = ynode_get(n, "redirect");
	const struct ynode *port = ynode_get(n, "proxy_port");
	const struct manifest_redirect *redirect;
	int64_t i = port ? port->i - BUNDLE_PROXY_PORT - 1 : 0;

	if (!name != !port || !name != !ynode_get(n, "parser") ||
	    !name != !ynode_get(n, "listener_priority"))
		return "half a redirect";
	if (!port)
		return NULL;
	if (i < 0 || (uint64_t)i >= r->redirects.n)
		return "a grant has a redirect that is not there";
	redirect = &r->redirects.v[i];
	if (redirect->dir != to->dir || !str_eq(redirect->name, name->s))
		return "a grant has another redirect's port";
	*vec_push(&to->proxies, r->arena) = (uint32_t)port->i;
	return NULL;
}

static const char *
check_grant(struct l7_lists *l, const struct ynode *n, struct l7_direction *to)
{
	const struct ynode *rules = ynode_get(n, "rules");

	if (!meet(ynode_get(n, "selector"), &l->nselectors))
		return "not the next selector";
	for (uint32_t i = 0; i < rules->seq.n; i++) {
		if (!meet(rules->seq.v[i], &l->nrules))
			return "not the next rule";
	}
	return check_redirect(l->r, n, to);
}

static const char *
read_direction(struct l7_lists *l, const struct ynode *n)
{
	const struct ynode *grants = ynode_get(n, "grants");
	struct l7_direction *to = vec_push(&l->r->l7, l->r->arena);
	const char *problem = NULL;

	*to = (struct l7_direction){0};
	if (!direction_find(ynode_get(n, "direction")->s, &to->dir))
		return "not a direction";
	for (uint32_t i = 0; i < grants->seq.n && !problem; i++)
		problem = check_grant(l, grants->seq.v[i], to);
	to->proxies.n = ids_unite(to->proxies.v, to->proxies.n);
	return problem;
}

void
reading_l7(struct reading *r)
{
	const struct ynode *n = reading_document(r, BUNDLE_L7, &shape_l7);
	const struct ynode *directions = n ? ynode_get(n, "directions") : NULL;
	const char *problem = NULL;
	struct l7_lists l;

	if (!n)
		return;
	l = (struct l7_lists){
	    .r = r,
	    .rules = ynode_get(n, "rules"),
	    .selectors = ynode_get(n, "selectors"),
	};
	note_policies(&l);
	for (uint32_t i = 0; i < l.rules->seq.n && !problem; i++)
		problem = check_rule(&l, l.rules->seq.v[i]);
	for (uint32_t i = 0; i < l.selectors->seq.n && !problem; i++)
		problem = check_selector(&l, l.selectors->seq.v[i]);
	for (uint32_t i = 0; i < directions->seq.n && !problem; i++)
		problem = read_direction(&l, directions->seq.v[i]);
	if (!problem &&
	    (l.nrules != l.rules->seq.n || l.nselectors != l.selectors->seq.n))
		problem = "a rule or a selector belongs to no grant";
	if (problem)
		reading_complain(r, n->at, problem, BUNDLE_L7);
}

const char *
reading_l7_problem(const struct reading *r, const struct ynode *refs,
    const struct bundle_policy *p)
{
	for (int dir = 0; dir < 2; dir++) {
		const struct ynode *ref = refs
		    ? ynode_get(refs, direction_name((enum direction)dir))
		    : NULL;
		const struct l7_direction *l7 = NULL;

		if (ref && ref->i >= 0 && (uint64_t)ref->i < r->l7.n)
			l7 = &r->l7.v[ref->i];
		if (ref && (!l7 || l7->dir != (enum direction)dir))
			return "not a direction of " BUNDLE_L7;
		VEC_FOREACH (port, &p->proxies[dir]) {
			if (!l7 ||
			    !ids_have(l7->proxies.v, l7->proxies.n, *port))
				return "its map has a proxy that nothing is "
				       "granted at";
		}
	}
	return NULL;
}
