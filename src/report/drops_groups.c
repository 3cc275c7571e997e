/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of a summary with a policy or with two ends in common.
 */
#include "report/drops_groups.h"

#include <stdlib.h>

#include "base/map.h"
#include "schema/object.h"

/* How many connections a rule is near to. */
struct near_count {
	const struct summary_side *side;
	uint64_t connections;
};

struct grouping {
	struct arena *arena;
	enum drops_by by;
	struct map groups; /* what is alike -> struct drops_group * */
};

const char *
drops_policy(struct arena *a, const struct summary_rule *r)
{
	struct str name = object_full_name(a, r->ns, r->name);

	if (r->kind.n == 0)
		return "";
	return arena_printf(a, STR_FMT " " STR_FMT, STR_ARG(r->kind),
	    STR_ARG(name));
}

const char *
drops_no_policy(const struct summary_side *s)
{
	return s->cause.n > 0 ? "default deny by a setting" : "the datapath";
}

static void
add_port(struct grouping *x, struct drops_group *g, struct str port)
{
	VEC_FOREACH (p, &g->ports) {
		if (str_eq(*p, port))
			return;
	}
	*vec_push(&g->ports, x->arena) = port;
}

static void
add_times(struct drops_group *g, const struct summary_row *r)
{
	if (r->first.n > 0 &&
	    (g->first.n == 0 || str_compare(r->first, g->first) < 0))
		g->first = r->first;
	if (str_compare(r->last, g->last) > 0)
		g->last = r->last;
}

static void
add_row(struct grouping *x, struct drops_group *g, const struct summary_row *r)
{
	uint64_t n = summary_connections(r);

	/* Both of its ends may be the group's. */
	if (g->rows.n > 0 && g->rows.v[g->rows.n - 1] == r)
		return;
	*vec_push(&g->rows, x->arena) = r;
	add_port(x, g, r->port);
	add_times(g, r);
	g->connections += n;
	g->class[r->class] += n;
	g->bytes += summary_bytes(r);
	if (r->example > 0 && (g->example == 0 || r->example < g->example))
		g->example = r->example;
}

/* The group of a key, which is new or has the same ends. */
static struct drops_group *
group_of(struct grouping *x, const char *key, struct str from, struct str to)
{
	struct drops_group **slot =
	    (struct drops_group **)map_put(&x->groups, key, strlen(key));

	if (!*slot) {
		*slot = ARENA_NEW(x->arena, struct drops_group);
		**slot = (struct drops_group){.from = from, .to = to};
	}
	return *slot;
}

static void
add_pair(struct grouping *x, const struct summary_row *r)
{
	bool ns = x->by == DROPS_BY_NAMESPACE;
	struct str from = ns ? r->from->ns : r->from->workload;
	struct str to = ns ? r->to->ns : r->to->workload;
	const char *key = arena_printf(x->arena, STR_FMT "\n" STR_FMT,
	    STR_ARG(from), STR_ARG(to));

	add_row(x, group_of(x, key, from, to), r);
}

static void
add_policies(struct grouping *x, const struct summary_row *r)
{
	for (int dir = DIR_EGRESS; dir >= DIR_INGRESS; dir--) {
		const struct summary_side *s = r->side[dir];
		const char *key = drops_policy(x->arena, &s->rule);
		struct drops_group *g;

		if (!s->bad)
			continue;
		g = group_of(x, *key ? key : drops_no_policy(s), STR(""),
		    STR(""));
		if (!g->policy)
			g->policy = s;
		add_row(x, g, r);
	}
}

/* Whether S is of the ends that G is about: of its policy, or any. */
static bool
is_of(struct grouping *x, const struct drops_group *g,
    const struct summary_side *s)
{
	return s->bad &&
	    (!g->policy ||
		strcmp(drops_policy(x->arena, &s->rule),
		    drops_policy(x->arena, &g->policy->rule)) == 0);
}

static bool
same_near(const struct summary_side *a, const struct summary_side *b)
{
	return str_eq(a->near_text, b->near_text) &&
	    str_eq(a->near.file, b->near.file) && a->near.line == b->near.line;
}

/* Finds what drops the first row, and the rule that is near to most. */
static void
find_reasons(struct grouping *x, struct drops_group *g)
{
	VEC(struct near_count) counts = {0};
	uint64_t most = 0;

	VEC_FOREACH (r, &g->rows) {
		for (int dir = DIR_EGRESS; dir >= DIR_INGRESS; dir--) {
			const struct summary_side *s = (*r)->side[dir];
			struct near_count *n = NULL;

			if (!is_of(x, g, s))
				continue;
			if (!g->because) {
				g->because = s;
				g->dir = (enum direction)dir;
			}
			if (s->near_text.n == 0)
				continue;
			VEC_FOREACH (c, &counts)
				n = same_near(c->side, s) ? c : n;
			if (!n) {
				n = vec_push(&counts, x->arena);
				*n = (struct near_count){s, 0};
			}
			n->connections += summary_connections(*r);
		}
	}
	VEC_FOREACH (c, &counts) {
		if (c->connections <= most)
			continue;
		g->near = c->side;
		most = c->connections;
	}
}

static int
compare_group(const void *pa, const void *pb)
{
	const struct drops_group *a = pa, *b = pb;
	int c;

	for (int i = 0; i < REPLAY_CLASSES; i++) {
		if (a->class[i] != b->class[i])
			return a->class[i] > b->class[i] ? -1 : 1;
	}
	c = str_compare(a->from, b->from);
	if (c == 0)
		c = str_compare(a->to, b->to);
	if (c == 0 && a->policy && b->policy)
		c = str_compare(a->policy->rule.ns, b->policy->rule.ns);
	if (c == 0 && a->policy && b->policy)
		c = str_compare(a->policy->rule.name, b->policy->rule.name);
	if (c == 0 && a->policy && b->policy)
		c = str_compare(a->policy->rule.kind, b->policy->rule.kind);
	return c;
}

void
drops_group(struct drops_groups *ret, struct arena *a, const struct summary *s,
    enum drops_by by)
{
	struct grouping x = {.arena = a, .by = by};

	*ret = (struct drops_groups){.by = by};
	if (by == DROPS_BY_CONNECTION)
		return;
	map_init(&x.groups, a);
	VEC_FOREACH (r, &s->v) {
		if (by == DROPS_BY_POLICY)
			add_policies(&x, *r);
		else
			add_pair(&x, *r);
	}
	for (uint32_t i = 0; i < x.groups.n; i++) {
		struct drops_group *g = x.groups.entry[i].value;

		find_reasons(&x, g);
		*vec_push(&ret->v, a) = *g;
	}
	if (ret->v.n > 1)
		qsort(ret->v.v, ret->v.n, sizeof(*ret->v.v), compare_group);
}
