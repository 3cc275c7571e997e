/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a side answers to one connection, and why.
 */
#include "change/answer.h"

#include "flow/uncertain.h"

bool
change_is_there(const struct actors *all, uint32_t side,
    const struct change_witness *w)
{
	return actor_is_there(&all->v.v[w->from], side) &&
	    actor_is_there(&all->v.v[w->to], side);
}

struct flow
change_flow(const struct actors *all, int side, const struct change_witness *w)
{
	return (struct flow){
	    .from = all->v.v[w->from].side[side],
	    .to = all->v.v[w->to].side[side],
	    .proto = w->proto,
	    .port = w->port,
	};
}

const struct object *
change_uncertain(const struct actors *all, int side,
    const struct change_witness *w, const struct judgement *j)
{
	for (int dir = DIR_INGRESS; dir <= DIR_EGRESS; dir++) {
		const struct actor *x =
		    &all->v.v[dir == DIR_EGRESS ? w->from : w->to];
		const struct trace_end end = {.ident = x->side[side].ident,
		    .endpoint = x->pods[side].n ? x->pods[side].v[0] : NULL};
		const struct object *o;

		if (j->end[dir].state != JUDGE_ASKED)
			continue;
		o = uncertain_policy(all->side[side].pmaps,
		    all->side[side].objects, &end, (enum direction)dir,
		    &j->end[dir]);
		if (o)
			return o;
	}
	return NULL;
}

void
change_explain(struct change_answer *ret, struct arena *a,
    struct arena *scratch, const struct actors *all, int side,
    const struct change_witness *w)
{
	const struct pmaps *m = all->side[side].pmaps;
	struct matcher matcher;

	matcher_init(&matcher, a, scratch);
	*ret = (struct change_answer){.flow = change_flow(all, side, w)};
	ret->judgement = judge(m, &ret->flow, &matcher);
	ret->uncertain = change_uncertain(all, side, w, &ret->judgement);
	ret->verdict = ret->uncertain ? FLOW_UNKNOWN : ret->judgement.verdict;
	for (int dir = DIR_INGRESS; dir <= DIR_EGRESS; dir++) {
		const struct judged_end *e = &ret->judgement.end[dir];

		if (e->state == JUDGE_ASKED)
			explain(&ret->explanation[dir], a, m, &ret->flow, e,
			    &matcher);
	}
}

const char *
change_kind_name(enum change_kind kind)
{
	static const char *const names[CHANGE_KINDS] = {
	    [CHANGE_OPENED] = "opened",
	    [CHANGE_CLOSED] = "closed",
	    [CHANGE_PROXIED] = "proxied",
	    [CHANGE_UNKNOWN] = "unknown",
	};

	return names[kind];
}
