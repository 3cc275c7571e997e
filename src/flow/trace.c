/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/trace.h"

#include <assert.h>
#include <netinet/in.h>

#include "diag_gen.h"
#include "flow/resolve.h"

/* An identity without an endpoint: why no policy is asked. */
static enum trace_judged
not_judged(const struct world *w, ident_idx_t ident)
{
	uint32_t id = world_identity(w, ident)->id.id;

	switch (id) {
	case SEC_ID_HOST:
		return w->ir->opt.host_firewall ? TRACE_OWN_NODE : TRACE_NODE;
	case SEC_ID_REMOTE_NODE:
	case SEC_ID_KUBE_APISERVER:
		return TRACE_NODE;
	case SEC_ID_WORLD:
	case SEC_ID_WORLD_IPV4:
	case SEC_ID_WORLD_IPV6:
		return TRACE_OUTSIDE;
	case SEC_ID_UNMANAGED:
		return TRACE_UNMANAGED;
	}
	if (id >= SEC_ID_NODE_FIRST)
		return TRACE_NODE;
	return id >= SEC_ID_CIDR_FIRST ? TRACE_OUTSIDE : TRACE_NO_ENDPOINT;
}

/* The verdict less what the rules' L3 and L4 part does not decide. */
static enum pmap_verdict
plain(enum pmap_verdict v)
{
	switch (v) {
	case PMAP_ALLOWED:
	case PMAP_REDIRECTED:
	case PMAP_AUTH:
		return PMAP_ALLOWED;
	case PMAP_DENIED:
	case PMAP_NO_MATCH:
		return v;
	}
	return v;
}

static enum trace_cause
cause_of(const struct trace_direction *s, const struct pmaps *m)
{
	const struct ir_rule *r = s->decider ? s->decider->rule->rule : NULL;

	if (!s->direction->enforced)
		return TRACE_BY_NO_POLICY;
	if (r && r->policy)
		return TRACE_BY_RULE;
	if (r && r == m->allow_everyone)
		return TRACE_BY_DEFAULT_ALLOW;
	if (r && r == m->allow_host)
		return TRACE_BY_LOCAL_HOST;
	return s->why.default_deny ? TRACE_BY_DEFAULT_DENY : TRACE_BY_FORCE;
}

/* Whether a pass of R's tier skipped R. */
static bool
passed_over(const struct trace_direction *s, const struct pmap_rule *r)
{
	VEC_FOREACH (m, &s->why.matches) {
		if (m->rule->level < r->level &&
		    m->rule->rule->verdict == IR_PASS &&
		    m->rule->rule->tier == r->rule->tier)
			return true;
	}
	return false;
}

/* What became of R, given the rule D that decided. */
static enum trace_role
role_of(const struct trace_direction *s, const struct pmap_rule *r,
    const struct pmap_rule *d)
{
	if (r == d)
		return TRACE_DECIDES;
	if (passed_over(s, r))
		return TRACE_PASSED_OVER;
	if (r->level < d->level)
		return TRACE_PASSES; /* or it would have decided */
	if (r->rule->verdict == d->rule->verdict)
		return TRACE_AGREES;
	if (r->rule->tier != d->rule->tier)
		return TRACE_LOSES_TIER;
	if (r->level != d->level)
		return TRACE_LOSES_RANK;
	return d->rule->verdict == IR_DENY ? TRACE_LOSES_TO_DENY
					   : TRACE_LOSES_TO_ALLOW;
}

/* Whether the peer is the pod's own node, which is let in by default. */
static bool
is_local_host(const struct trace_direction *s, const struct trace *t,
    ident_idx_t peer)
{
	return s->direction->dir == DIR_INGRESS &&
	    t->pmaps->opt.allow_localhost &&
	    world_identity(t->pmaps->world, peer)->id.id == SEC_ID_HOST;
}

static void
judge_request(struct trace_direction *s, struct arena *a, const struct trace *t,
    ident_idx_t peer, uint16_t port)
{
	struct request_result *r = &s->request;

	request_judge(r, a, t->query, t->pmaps->world, s->direction, peer, port,
	    s->decider ? s->decider->rule->level : UINT32_MAX,
	    s->result.value.redirect);
	if (r->answer != REQUEST_REFUSED || !is_local_host(s, t, peer))
		return;
	/* Up to 1.19 agents let it pass every proxy (semantics.md 9.2, 16). */
	if (t->pmaps->world->ir->opt.cilium < 120) {
		r->answer = REQUEST_PASSES;
		r->why = "every request of a pod's own node passes";
	} else {
		r->answer = REQUEST_UNKNOWN;
		r->why = "whether a proxy holds back the pod's own node is not "
			 "settled";
	}
}

static void
judge_map(struct trace_direction *s, struct arena *a, const struct trace *t,
    ident_idx_t peer, uint16_t port)
{
	const struct query *q = t->query;
	size_t n;

	s->result = pmap_lookup(s->direction, peer, q->proto, port);
	pmap_why(&s->why, a, t->pmaps->world, s->direction, peer, q->proto,
	    port);
	assert(plain(s->result.verdict) == plain(s->why.verdict));
	n = s->why.matches.n;
	for (size_t i = 0; i < n; i++) {
		if (s->why.matches.v[i].decides)
			s->decider = &s->why.matches.v[i];
	}
	s->role = ARENA_ARRAY(a, enum trace_role, n);
	for (size_t i = 0; i < n; i++)
		s->role[i] =
		    role_of(s, s->why.matches.v[i].rule, s->decider->rule);
	s->cause = cause_of(s, t->pmaps);
	if (s->result.verdict == PMAP_REDIRECTED)
		judge_request(s, a, t, peer, port);
}

static void
judge_direction(struct trace_direction *s, struct arena *a,
    const struct trace *t, enum direction dir, const struct trace_end *subject,
    ident_idx_t peer, uint16_t port)
{
	if (!subject->class) {
		s->judged = not_judged(t->pmaps->world, subject->ident);
	} else if (t->query->proto == IPPROTO_SCTP &&
	    !t->pmaps->world->ir->opt.sctp) {
		s->judged = TRACE_NO_SCTP;
	} else if (subject->class->error) {
		s->judged = TRACE_BROKEN;
		s->error = subject->class->error;
	} else {
		s->judged = TRACE_JUDGED;
		s->direction = subject->class->direction[dir];
		judge_map(s, a, t, peer, port);
	}
}

enum trace_verdict
trace_direction_verdict(const struct trace *t, const struct trace_direction *s)
{
	if (s->judged == TRACE_BROKEN)
		return TRACE_UNKNOWN;
	if (s->judged == TRACE_NO_SCTP)
		return TRACE_DROPPED;
	if (s->judged != TRACE_JUDGED)
		return TRACE_ALLOWED;
	if (trace_drop_reason(s) != 0)
		return TRACE_DROPPED;
	if (s->result.verdict != PMAP_REDIRECTED || !request_is_asked(t->query))
		return TRACE_ALLOWED;
	switch (s->request.answer) {
	case REQUEST_PASSES:
		return TRACE_ALLOWED;
	case REQUEST_UNKNOWN:
		return TRACE_UNKNOWN;
	case REQUEST_REFUSED:
		return TRACE_REFUSED;
	}
	return TRACE_UNKNOWN;
}

/* The worse one of both directions. */
static enum trace_verdict
verdict_of(const struct trace *t, const struct trace_pair *p)
{
	enum trace_verdict egress =
	    trace_direction_verdict(t, &p->direction[DIR_EGRESS]);
	enum trace_verdict ingress =
	    trace_direction_verdict(t, &p->direction[DIR_INGRESS]);

	return egress > ingress ? egress : ingress;
}

/* Whether both ends are one and the same pod. */
static bool
is_loopback(const struct trace_pair *p)
{
	return p->from->endpoint && p->from->endpoint == p->to->endpoint &&
	    p->from->nendpoints == 1 && p->to->nendpoints == 1;
}

static bool
is_host(const struct trace_end *e)
{
	return e->endpoint && e->endpoint->host;
}

/* An address that misses the ipcache. */
static bool
is_unmapped(const struct trace_party *p)
{
	return p->asked->who == QUERY_ADDRESS && p->prefix.family != 0 &&
	    p->prefix.bits == 0;
}

/*
 * Whom egress policy sees at the destination.  A host goes by the ipcache
 * alone, so an address that is not in it has no identity (semantics.md 13.4).
 */
static ident_idx_t
destination(const struct trace *t, const struct trace_end *from,
    const struct trace_end *to)
{
	return is_host(from) && is_unmapped(&t->to) ? PMAP_NOBODY : to->ident;
}

static struct trace_pair
judge_pair(struct arena *a, const struct trace *t, const struct trace_end *from,
    const struct trace_end *to)
{
	struct trace_pair p = {.from = from, .to = to};

	if (is_loopback(&p)) {
		p.direction[DIR_EGRESS].judged = TRACE_LOOPBACK;
		p.direction[DIR_INGRESS].judged = TRACE_LOOPBACK;
	} else {
		judge_direction(&p.direction[DIR_EGRESS], a, t, DIR_EGRESS,
		    from, destination(t, from, to), to->port);
		judge_direction(&p.direction[DIR_INGRESS], a, t, DIR_INGRESS,
		    to, from->ident, to->port);
	}
	p.verdict = verdict_of(t, &p);
	return p;
}

static uint32_t
count_refused(const struct object_list *objects)
{
	uint32_t n = 0;

	VEC_FOREACH (o, &objects->v)
		n += ast_kind_is_policy((*o)->kind) &&
		    (*o)->status != OBJECT_OK && (*o)->status != OBJECT_UNREAD;
	return n;
}

static void
explain_party(const struct trace *t, struct arena *a,
    const struct object_list *objects, struct trace_party *p)
{
	VEC_FOREACH (end, &p->ends) {
		const struct ip *ip = NULL;

		if (p->asked->who == QUERY_ADDRESS && !p->service)
			ip = &p->asked->ip;
		else if (end->ip.family != 0)
			ip = &end->ip;
		origins_find(&end->origins, a, t->pmaps->world, objects,
		    end->ident, end->endpoint, ip);
	}
}

bool
trace_run(struct trace *t, struct arena *a, struct diag_sink *sink,
    const struct pmaps *m, const struct object_list *objects,
    const struct query *q)
{
	*t = (struct trace){.query = q,
	    .pmaps = m,
	    .refused = count_refused(objects)};
	if (!resolve_parties(t, a, sink, objects))
		return false;
	if (q->explain_identity) {
		explain_party(t, a, objects, &t->from);
		explain_party(t, a, objects, &t->to);
	}
	VEC_FOREACH (from, &t->from.ends) {
		VEC_FOREACH (to, &t->to.ends) {
			struct trace_pair *p = vec_push(&t->pairs, a);

			*p = judge_pair(a, t, from, to);
			if (p->verdict > t->verdict)
				t->verdict = p->verdict;
		}
	}
	if (trace_no_backend(t))
		t->verdict = TRACE_DROPPED;
	return true;
}

bool
trace_no_backend(const struct trace *t)
{
	return t->to.service && t->to.ends.n == 0;
}

enum drop_reason
trace_drop_reason(const struct trace_direction *s)
{
	return pmap_drop_reason(s->result.verdict);
}

bool
trace_host_sees_nobody(const struct trace *t)
{
	VEC_FOREACH (p, &t->pairs) {
		if (is_host(p->from) && is_unmapped(&t->to))
			return true;
	}
	return false;
}

struct str
trace_proxy(const struct trace *t, const struct trace_direction *s)
{
	return t->pmaps->redirects.v[s->result.value.redirect].name;
}
