/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pairs of ends by what is said of them: of many pairs few different things.
 */
#include "base/map.h"
#include "flow/trace.h"

/* What is said of one end; all bytes count. */
struct said {
	const struct ir_rule *rule;     /* that decides */
	const struct object *uncertain; /* the policy that may */
	const char *error;              /* why there is no map */
	const struct ir_rule *default_deny;
	uint64_t state, verdict, reason, cause, redirect;
};

static struct said
said_by(const struct trace_pair *p, enum direction dir)
{
	const struct judged_end *e = &p->judgement.end[dir];
	const struct explanation *why = &p->explanation[dir];
	const struct trace_end *subject = dir == DIR_EGRESS ? p->from : p->to;
	struct said s = {.state = e->state, .uncertain = p->uncertain[dir]};

	if (e->state == JUDGE_BROKEN)
		s.error = subject->class->error;
	if (e->state != JUDGE_ASKED)
		return s;
	s.verdict = e->verdict;
	s.reason = e->reason;
	s.redirect = e->result.value.redirect;
	s.cause = why->cause;
	if (why->decider)
		s.rule = why->decider->rule->rule;
	if (why->cause == CAUSE_DEFAULT_DENY)
		s.default_deny = why->why.default_deny->rule;
	return s;
}

void
trace_group_pairs(trace_groups *ret, struct arena *a, const struct trace *t)
{
	struct map known; /* verdict and what is said -> group, plus one */

	map_init(&known, a);
	VEC_FOREACH (p, &t->pairs) {
		const struct {
			uint64_t verdict, apart;
			struct said said[2];
		} key = {p->judgement.verdict,
		    t->query->grouped ? 0 : (uint64_t)(p - t->pairs.v),
		    {said_by(p, DIR_INGRESS), said_by(p, DIR_EGRESS)}};
		void **slot = map_put(&known, &key, sizeof(key));

		if (!*slot) {
			*vec_push(ret, a) = (struct trace_group){.witness = p};
			*slot = (void *)(uintptr_t)ret->n;
		}
		ret->v[(uintptr_t)*slot - 1].npairs++;
	}
}
