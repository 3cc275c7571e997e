/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts the steps together: resolve, judge every pair of ends, explain.
 */
#include "flow/trace.h"

#include "flow/resolve.h"
#include "flow/uncertain.h"

static uint32_t
count_refused(const struct object_list *objects)
{
	uint32_t n = 0;

	VEC_FOREACH (o, &objects->left_out)
		n += (*o)->status != OBJECT_UNREAD;
	return n;
}

/* How the identities of a party came about. */
static void
find_origins(const struct trace *t, struct arena *a,
    const struct object_list *objects, struct trace_party *p)
{
	VEC_FOREACH (end, &p->ends) {
		struct origin_subject of = {.ident = end->ident,
		    .endpoint = end->endpoint};

		if (p->asked->who == QUERY_ADDRESS && !p->service)
			of.ip = &p->asked->ip;
		else if (end->ip.family != 0)
			of.ip = &end->ip;
		origins_find(&end->origins, a, t->pmaps->world, objects, &of);
	}
}

static struct flow_end
flow_end(const struct trace_party *p, const struct trace_end *e)
{
	return (struct flow_end){
	    .ident = e->ident,
	    .class = e->class,
	    .endpoint = e->nendpoints == 1 ? e->endpoint : NULL,
	    .unmapped = p->asked && p->asked->who == QUERY_ADDRESS &&
		p->prefix.family != 0 && p->prefix.bits == 0,
	};
}

/* Whose end it is. */
static const struct trace_party *
party_of(const struct trace *t, const struct trace_end *e)
{
	if (e >= t->from.ends.v && e < t->from.ends.v + t->from.ends.n)
		return &t->from;
	return e >= t->to.ends.v && e < t->to.ends.v + t->to.ends.n ? &t->to
								    : &t->via;
}

static void
answer_pair(const struct trace *t, struct arena *a, struct matcher *x,
    struct trace_pair *p)
{
	const struct query *q = t->query;

	p->flow = (struct flow){
	    .from = flow_end(party_of(t, p->from), p->from),
	    .to = flow_end(party_of(t, p->to), p->to),
	    .proto = q->proto,
	    .port = p->to->port,
	    .request = request_is_asked(&q->request) ? &q->request : NULL,
	};
	p->judgement = judge(t->pmaps, &p->flow, x);
	for (int dir = DIR_INGRESS; dir <= DIR_EGRESS; dir++) {
		const struct judged_end *e = &p->judgement.end[dir];

		if (e->state != JUDGE_ASKED)
			continue;
		explain(&p->explanation[dir], a, t->pmaps, &p->flow, e, x);
		p->uncertain[dir] = uncertain_policy(t->pmaps, t->objects,
		    dir == DIR_EGRESS ? p->from : p->to, (enum direction)dir,
		    e);
	}
	if (p->uncertain[DIR_INGRESS] || p->uncertain[DIR_EGRESS])
		p->judgement.verdict = FLOW_UNKNOWN;
}

/* Each end of FROM to each of TO. */
static void
answer_between(struct trace *t, struct arena *a, struct matcher *x,
    const struct trace_party *from, const struct trace_party *to)
{
	VEC_FOREACH (f, &from->ends) {
		VEC_FOREACH (e, &to->ends) {
			struct trace_pair *p = vec_push(&t->pairs, a);

			p->from = f;
			p->to = e;
			answer_pair(t, a, x, p);
			if (p->judgement.verdict > t->verdict)
				t->verdict = p->judgement.verdict;
		}
	}
}

/* Whether what is not known of an end makes a difference. */
static bool
is_open(const struct trace *t)
{
	VEC_FOREACH (p, &t->pairs) {
		if ((t->from.either || t->to.either) &&
		    p->judgement.verdict != t->verdict)
			return true;
	}
	return false;
}

static void
answer_pairs(struct trace *t, struct arena *a)
{
	struct arena scratch = {0};
	struct matcher matcher;

	matcher_init(&matcher, a, &scratch);
	if (t->via.ends.n > 0) {
		answer_between(t, a, &matcher, &t->from, &t->via);
		answer_between(t, a, &matcher, &t->via, &t->to);
	} else {
		answer_between(t, a, &matcher, &t->from, &t->to);
	}
	if (is_open(t))
		t->verdict = FLOW_UNKNOWN;
	arena_free(&scratch);
}

bool
trace_run(struct trace *t, struct arena *a, struct diag_sink *sink,
    const struct pmaps *m, const struct object_list *objects,
    const struct query *q)
{
	*t = (struct trace){.query = q,
	    .pmaps = m,
	    .objects = objects,
	    .refused = count_refused(objects)};
	if (!resolve_parties(t, a, sink, objects))
		return false;
	if (q->explain_identity) {
		find_origins(t, a, objects, &t->from);
		find_origins(t, a, objects, &t->to);
	}
	answer_pairs(t, a);
	if (trace_no_backend(t))
		t->verdict = t->to.unlisted ? FLOW_UNKNOWN : FLOW_DROPPED;
	return true;
}

bool
trace_no_backend(const struct trace *t)
{
	return t->to.service && t->to.ends.n == 0;
}

enum ir_model
trace_model(const struct trace *t)
{
	return t->pmaps->world->ir->opt.model;
}

struct str
trace_proxy(const struct trace *t, const struct judged_end *e)
{
	return t->pmaps->redirects.v[e->result.value.redirect].name;
}
