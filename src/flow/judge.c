/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verdict on one connection, from the policy maps (semantics.md 13).
 */
#include "flow/judge.h"

#include "cilium/proto.h"
#include "cilium/reserved.h"
#include "cilium/version.h"

/* An identity without an endpoint: why no policy is asked. */
static enum judge_state
not_asked(const struct world *w, ident_idx_t ident)
{
	uint32_t id = world_identity(w, ident)->id.id;

	switch (id) {
	case SEC_ID_HOST:
		return w->ir->opt.host_firewall ? JUDGE_OWN_NODE : JUDGE_NODE;
	case SEC_ID_REMOTE_NODE:
	case SEC_ID_KUBE_APISERVER:
		return JUDGE_NODE;
	case SEC_ID_WORLD:
	case SEC_ID_WORLD_IPV4:
	case SEC_ID_WORLD_IPV6:
		return JUDGE_OUTSIDE;
	case SEC_ID_UNMANAGED:
		return JUDGE_UNMANAGED;
	}
	if (id >= SEC_ID_NODE_FIRST)
		return JUDGE_NODE;
	return id >= SEC_ID_CIDR_FIRST ? JUDGE_OUTSIDE : JUDGE_NO_ENDPOINT;
}

/* Whether the peer is the pod's own node, which is let in by default. */
static bool
is_local_host(const struct pmaps *m, const struct judged_end *e)
{
	return e->direction->dir == DIR_INGRESS && m->opt.allow_localhost &&
	    world_identity(m->world, e->peer)->id.id == SEC_ID_HOST;
}

/* The level of the rule that decides; UINT32_MAX: no rule does. */
static uint32_t
deciding_level(const struct pmaps *m, const struct flow *f,
    const struct judged_end *e, struct arena *scratch)
{
	uint32_t level = UINT32_MAX;
	struct pmap_why why;

	pmap_why(&why, scratch, m->world, e->direction, e->peer, f->proto,
	    f->port);
	VEC_FOREACH (match, &why.matches) {
		if (match->decides)
			level = match->rule->level;
	}
	arena_reset(scratch);
	return level;
}

struct proxied
judged_proxied(const struct pmaps *m, const struct flow *f,
    const struct judged_end *e, uint32_t level)
{
	struct proxied p = {
	    .world = m->world,
	    .direction = e->direction,
	    .peer = e->peer,
	    .proto = f->proto,
	    .port = f->port,
	    .redirect = e->result.value.redirect,
	    .level = level,
	};

	p.dns = proxied_parser(&p) == IR_PARSER_DNS;
	return p;
}

static struct request_result
judge_request(const struct pmaps *m, const struct flow *f,
    const struct judged_end *e, struct matcher *x)
{
	struct proxied p =
	    judged_proxied(m, f, e, deciding_level(m, f, e, x->scratch));
	struct request_result r = request_judge(x, f->request, &p);

	if (r.answer != REQUEST_REFUSED || !is_local_host(m, e))
		return r;
	if (version_has(m->world->ir->opt.cilium,
		VERSION_LOCALHOST_PASSES_PROXIES))
		return (
		    struct request_result){REQUEST_PASSES, REQUEST_BY_OWN_NODE};
	return (struct request_result){REQUEST_UNKNOWN,
	    REQUEST_BY_OWN_NODE_UNSETTLED};
}

static enum flow_verdict
verdict_of_request(enum request_answer answer)
{
	switch (answer) {
	case REQUEST_PASSES:
		return FLOW_ALLOWED;
	case REQUEST_UNKNOWN:
		return FLOW_UNKNOWN;
	case REQUEST_REFUSED:
		return FLOW_REFUSED;
	}
	return FLOW_UNKNOWN;
}

static void
ask(struct judged_end *e, const struct pmaps *m, const struct flow *f,
    struct matcher *x)
{
	e->result = pmap_lookup(e->direction, e->peer, f->proto, f->port);
	e->reason = pmap_drop_reason(e->result.verdict);
	if (e->reason != REASON_NONE) {
		e->verdict = FLOW_DROPPED;
	} else if (f->request && e->result.verdict == PMAP_REDIRECTED) {
		e->request = judge_request(m, f, e, x);
		e->verdict = verdict_of_request(e->request.answer);
	}
}

static bool
is_host(const struct flow_end *e)
{
	return e->class && e->class->subject->host;
}

/* Whether it is a host's neighbour solicitation that its policy lets alone. */
static bool
is_solicitation(const struct pmaps *m, const struct flow *f, enum direction dir)
{
	return dir == DIR_EGRESS && f->proto == IPPROTO_ICMPV6 &&
	    f->port == NEIGHBOUR_SOLICITATION && is_host(&f->from) &&
	    version_has(m->world->ir->opt.cilium, VERSION_SOLICITATION_PASSES);
}

static void
judge_end(struct judged_end *e, const struct pmaps *m, const struct flow *f,
    enum direction dir, struct matcher *x)
{
	const struct flow_end *subject = dir == DIR_EGRESS ? &f->from : &f->to;

	if (!subject->class) {
		e->state = not_asked(m->world, subject->ident);
	} else if (is_solicitation(m, f, dir)) {
		e->state = JUDGE_NEIGHBOUR;
	} else if (f->proto == IPPROTO_SCTP && !m->world->ir->opt.sctp) {
		e->state = JUDGE_NO_SCTP;
		e->verdict = FLOW_DROPPED;
		e->reason = REASON_UNKNOWN_L4;
	} else if (subject->class->error) {
		e->state = JUDGE_BROKEN;
		e->verdict = FLOW_UNKNOWN;
	} else {
		e->direction = subject->class->direction[dir];
		ask(e, m, f, x);
	}
}

struct judgement
judge(const struct pmaps *m, const struct flow *f, struct matcher *x)
{
	struct judgement j = {0};
	struct judged_end *egress = &j.end[DIR_EGRESS];
	struct judged_end *ingress = &j.end[DIR_INGRESS];

	/* A host goes by the ipcache alone, so to it an address that is not in
	 * there has no identity (semantics.md 13.4). */
	egress->peer =
	    is_host(&f->from) && f->to.unmapped ? PMAP_NOBODY : f->to.ident;
	ingress->peer = f->from.ident;
	if (f->from.endpoint && f->from.endpoint == f->to.endpoint) {
		egress->state = JUDGE_LOOPBACK;
		ingress->state = JUDGE_LOOPBACK;
	} else {
		judge_end(egress, m, f, DIR_EGRESS, x);
		judge_end(ingress, m, f, DIR_INGRESS, x);
	}
	j.verdict = egress->verdict > ingress->verdict ? egress->verdict
						       : ingress->verdict;
	return j;
}
