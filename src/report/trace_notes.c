/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The notes of an answer, for people and programs alike.
 */
#include "report/trace_notes.h"

#include "cilium/proto.h"
#include "report/trace_text.h"

static void
note_address(struct trace_notes *n, struct arena *a,
    const struct trace_party *p)
{
	const struct endpoint *e = p->ends.n > 0 ? p->ends.v[0].endpoint : NULL;

	if (p->asked->who != QUERY_ADDRESS || p->service)
		return;
	if (e && !e->host)
		*vec_push(&n->v, a) = arena_printf(a,
		    "%s is the address of pod %s/%s: rules by CIDR never match "
		    "a pod",
		    text_safe(a, p->asked->text), text_safe(a, e->ns),
		    text_safe(a, e->name));
	else if (p->node.n > 0)
		*vec_push(&n->v, a) = arena_printf(a,
		    "%s is an address of node %s: rules by CIDR never match a "
		    "node",
		    text_safe(a, p->asked->text), text_safe(a, p->node));
}

static bool
any_redirect(const struct trace *t)
{
	VEC_FOREACH (p, &t->pairs) {
		for (int i = 0; i < 2; i++) {
			if (p->judgement.end[i].state == JUDGE_ASKED &&
			    p->judgement.end[i].result.verdict ==
				PMAP_REDIRECTED)
				return true;
		}
	}
	return false;
}

/* How a question and what the proxies read fit together. */
static const char *
request_note(const struct trace *t)
{
	bool asked = request_is_asked(&t->query->request),
	     read = any_redirect(t);

	if (read && !asked)
		return "no request was asked about: --method and --path for "
		       "HTTP, --dns, --sni";
	if (asked && !read)
		return "no proxy reads this connection, so requests make no "
		       "difference";
	return NULL;
}

/* Whether a host policy was asked about an address that is in no prefix. */
static bool
host_sees_nobody(const struct trace *t)
{
	VEC_FOREACH (p, &t->pairs) {
		if (p->judgement.end[DIR_EGRESS].peer.i == PMAP_NOBODY.i)
			return true;
	}
	return false;
}

void
trace_collect_notes(struct trace_notes *ret_notes, struct arena *a,
    const struct trace *t)
{
	struct trace_notes n = {0};
	const struct query *q = t->query;

	if (t->refused > 0)
		*vec_push(&n.v, a) = arena_printf(a,
		    "%u refused or unsupported %s not taken into account",
		    t->refused, t->refused == 1 ? "policy is" : "policies are");
	note_address(&n, a, &t->from);
	note_address(&n, a, &t->to);
	if (request_note(t))
		*vec_push(&n.v, a) = request_note(t);
	if (host_sees_nobody(t))
		*vec_push(&n.v, a) =
		    "an address in no prefix of the ipcache has no identity "
		    "for a host policy: only rules for everybody match it";
	if (q->proto == IPPROTO_SCTP && t->pmaps->world->ir->opt.sctp)
		*vec_push(&n.v, a) =
		    "agents drop all SCTP (137) unless enable-sctp is set";
	if (q->proto == IPPROTO_ICMP && q->port == 3)
		*vec_push(&n.v, a) =
		    "type 3 code 4 (fragmentation needed) always passes";
	*ret_notes = n;
}
