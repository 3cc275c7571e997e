/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Assertions in words, those about single connections, which are traced, and
 * those about default deny.
 */
#include "change/assertion.h"

#include <netinet/in.h>

#include "change/assertion_parts.h"
#include "diag_gen.h"

/* ---- words ---- */

static void
tell(struct assertions *t, struct span at, const char *problem)
{
	diag_bad_assertion(t->sink, at, problem);
	t->told = true;
}

bool
assertion_read_end(struct assertions *t, const struct ast_str *text,
    struct query_end *ret)
{
	const char *problem = query_parse_end(t->arena, text->v, t->ns, ret);

	if (problem)
		tell(t, text->at, problem);
	return !problem;
}

bool
assertion_read_port(struct assertions *t, const struct ast_str *text,
    struct query *q)
{
	const char *problem =
	    query_parse_port(t->arena, text->v, (struct str){0}, q);

	if (problem)
		tell(t, text->at, problem);
	return !problem;
}

static void
add_end(query_end_vec *ret, struct arena *a, const struct ast_str *text,
    struct str ns)
{
	struct query_end end;

	if (text->present && !query_parse_end(a, text->v, ns, &end) &&
	    end.who == QUERY_LABELS)
		*vec_push(ret, a) = end;
}

static void
add_connection(query_end_vec *ret, struct arena *a,
    const struct ast_connection *c, struct str ns)
{
	if (!c)
		return;
	add_end(ret, a, &c->from, ns);
	add_end(ret, a, &c->to, ns);
}

void
assertions_list_ends(query_end_vec *ret, struct arena *a,
    const struct object_list *objects, struct str default_ns)
{
	OBJECT_FOREACH (o, objects, AST_ASSERTIONS) {
		const struct ast_assertions *all = o->body;

		for (uint32_t i = 0; i < all->tests.n; i++) {
			const struct ast_assertion *x = &all->tests.v[i];

			add_connection(ret, a, x->permits, default_ns);
			add_connection(ret, a, x->forbids, default_ns);
			if (x->reaches_only)
				add_end(ret, a, &x->reaches_only->from,
				    default_ns);
			if (x->reached_only_by)
				add_end(ret, a, &x->reached_only_by->to,
				    default_ns);
			if (x->isolated)
				add_end(ret, a, &x->isolated->pods, default_ns);
		}
	}
}

/* ---- single connections ---- */

void
assertion_worsen(struct assertion_result *x, enum assertion_state state)
{
	if (state > x->state)
		x->state = state;
}

/* Traces Q, which is kept; NULL: there is no answer, as an error says. */
const struct trace *
assertion_trace(struct assertions *t, const struct query *q)
{
	struct query *kept = ARENA_NEW(t->arena, struct query);
	struct trace *trace = ARENA_NEW(t->arena, struct trace);
	const struct change_side *side = &t->reaches.side[0];

	*kept = *q;
	return trace_run(trace, t->arena, t->sink, side->pmaps, side->objects,
		   kept)
	    ? trace
	    : NULL;
}

/* Whether T says that pairs of ends pass, or do not: all or some. */
static enum assertion_state
state_of(const struct trace *t, bool passes, bool some)
{
	size_t good = 0, unknown = 0;

	if (t->pairs.n == 0 || t->via.ends.n > 0 || t->from.either ||
	    t->to.either) {
		if (t->verdict == FLOW_UNKNOWN || t->pairs.n > 2)
			return ASSERTION_UNKNOWN;
		return (t->verdict == FLOW_ALLOWED) == passes ? ASSERTION_HOLDS
							      : ASSERTION_FAILS;
	}
	VEC_FOREACH (p, &t->pairs) {
		unknown += p->judgement.verdict == FLOW_UNKNOWN;
		good += p->judgement.verdict != FLOW_UNKNOWN &&
		    (p->judgement.verdict == FLOW_ALLOWED) == passes;
	}
	if (some ? good > 0 : good == t->pairs.n)
		return ASSERTION_HOLDS;
	if (some ? unknown > 0 : good + unknown == t->pairs.n)
		return ASSERTION_UNKNOWN;
	return ASSERTION_FAILS;
}

static void
test_port(struct assertions *t, struct assertion_result *x, struct query *q,
    bool some)
{
	const struct trace *trace = assertion_trace(t, q);
	enum assertion_state state;

	if (!trace) {
		assertion_worsen(x, ASSERTION_BROKEN);
		return;
	}
	state = state_of(trace, x->assertion->permits, some);
	assertion_worsen(x, state);
	if (state != ASSERTION_HOLDS)
		*vec_push(&x->traces, t->arena) = trace;
}

static void
test_connection(struct assertions *t, struct assertion_result *x,
    const struct ast_connection *c)
{
	struct query q = {.request = {.method = c->method.v,
			      .path = c->path.v,
			      .host = c->host.v,
			      .dns = c->dns.v,
			      .sni = c->sni.v}};
	const char *problem;

	if (!assertion_read_end(t, &c->from, &q.from) ||
	    !assertion_read_end(t, &c->to, &q.to)) {
		assertion_worsen(x, ASSERTION_BROKEN);
		return;
	}
	if (c->ports.n == 0 && x->assertion->permits) {
		tell(t, c->at, "permits needs ports");
		assertion_worsen(x, ASSERTION_BROKEN);
	} else if (c->ports.n == 0) {
		assertion_test_no_port(t, x, &q);
	}
	for (uint32_t i = 0; i < c->ports.n; i++) {
		if (!assertion_read_port(t, &c->ports.v[i], &q)) {
			assertion_worsen(x, ASSERTION_BROKEN);
			continue;
		}
		problem = query_check_request(&q);
		if (problem) {
			tell(t, c->at, problem);
			assertion_worsen(x, ASSERTION_BROKEN);
		} else {
			test_port(t, x, &q, c->some.v);
		}
	}
}

/* ---- denied by default ---- */

static bool
names_direction(const struct ast_isolated *i, enum direction dir)
{
	for (uint32_t k = 0; k < i->directions.n; k++) {
		if (str_is(i->directions.v[k].v, direction_name(dir)))
			return true;
	}
	return i->directions.n == 0;
}

static void
test_isolated(struct assertions *t, struct assertion_result *x,
    const struct ast_isolated *i)
{
	struct query q = {.proto = IPPROTO_TCP};
	const struct bitset *pods = NULL;

	if (assertion_read_end(t, &i->pods, &q.from))
		pods = assertion_actors(t, &q, false);
	if (!pods) {
		assertion_worsen(x, ASSERTION_BROKEN);
		return;
	}
	for (int dir = DIR_INGRESS; dir <= DIR_EGRESS; dir++) {
		struct bitset *open = bitset_new(t->arena, pods->nbits);

		if (!names_direction(i, (enum direction)dir))
			continue;
		BITSET_FOREACH (actor, pods) {
			const struct actors *all = &t->reaches.actors;
			enum isolation is = actor >= all->nsubjects
			    ? ISOLATION_NONE
			    : actor_isolation(all, &all->v.v[actor], 0,
				  (enum direction)dir);

			if (is == ISOLATION_DENY)
				continue;
			bitset_set(open, actor);
			assertion_worsen(x,
			    is == ISOLATION_UNKNOWN ? ASSERTION_UNKNOWN
						    : ASSERTION_FAILS);
		}
		x->open[dir] = open;
	}
}

/* ---- all ---- */

static const struct ast_circumstances as_options_say;

/* The Ith of what the tests of ALL are to hold under, of one at least. */
static const struct ast_circumstances *
circumstances(const struct ast_assertions *all, uint32_t i)
{
	return all->under.n > 0 ? &all->under.v[i] : &as_options_say;
}

static uint32_t
count_circumstances(const struct ast_assertions *all)
{
	return all->under.n > 0 ? all->under.n : 1;
}

static bool
are_same(const struct ast_circumstances *x, const struct ast_circumstances *y)
{
	return str_eq(x->cilium.v, y->cilium.v) &&
	    str_eq(x->profile.v, y->profile.v) &&
	    str_eq(x->precedence.v, y->precedence.v);
}

static bool
holds_under(const struct ast_assertions *all,
    const struct ast_circumstances *under)
{
	bool is = false;

	for (uint32_t i = 0; i < count_circumstances(all); i++)
		is |= are_same(circumstances(all, i), under);
	return is;
}

static bool
is_listed(const circumstances_vec *v, const struct ast_circumstances *x)
{
	VEC_FOREACH (known, v) {
		if (are_same(*known, x))
			return true;
	}
	return false;
}

void
assertions_list_circumstances(circumstances_vec *ret, struct arena *a,
    const struct object_list *objects)
{
	OBJECT_FOREACH (o, objects, AST_ASSERTIONS) {
		const struct ast_assertions *all = o->body;

		for (uint32_t i = 0; i < count_circumstances(all); i++) {
			const struct ast_circumstances *x =
			    circumstances(all, i);

			if (!is_listed(ret, x))
				*vec_push(ret, a) = x;
		}
	}
	if (ret->n == 0)
		*vec_push(ret, a) = &as_options_say;
}

static void
test_one(struct assertions *t, struct assertion_result *x)
{
	const struct ast_assertion *a = x->assertion;

	t->told = false;
	if (a->permits || a->forbids)
		test_connection(t, x, a->permits ? a->permits : a->forbids);
	else if (a->reaches_only)
		assertion_test_only(t, x, false, &a->reaches_only->from,
		    &a->reaches_only->to, &a->reaches_only->ports);
	else if (a->reached_only_by)
		assertion_test_only(t, x, true, &a->reached_only_by->to,
		    &a->reached_only_by->from, &a->reached_only_by->ports);
	else if (a->isolated)
		test_isolated(t, x, a->isolated);
	if (x->state == ASSERTION_BROKEN && !t->told)
		diag_assertion_unanswered(t->sink, a->at);
}

void
assertions_run(struct assertions *t, struct arena *a, struct arena *scratch,
    struct diag_sink *sink, const struct change_side *side,
    const struct ast_circumstances *under, struct str default_ns)
{
	*t = (struct assertions){.under = under,
	    .arena = a,
	    .scratch = scratch,
	    .sink = sink,
	    .ns = default_ns};
	reaches_init(&t->reaches, a, scratch, side);
	OBJECT_FOREACH (o, side->objects, AST_ASSERTIONS) {
		const struct ast_assertions *all = o->body;

		if (!holds_under(all, under))
			continue;
		for (uint32_t i = 0; i < all->tests.n; i++) {
			struct assertion_result *x = vec_push(&t->v, a);

			x->assertion = &all->tests.v[i];
			test_one(t, x);
		}
	}
}
