/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One direction of a trace as text: the verdict, then the rules.
 */
#include "report/trace_text.h"

#include "report/model.h"
#include "flow/near_text.h"
#include "report/request.h"

enum {
	REQUESTS_MAX = 20, /* rules for requests that a direction shows */
};

const char *
text_rule_name(struct arena *a, const struct ir_rule *r)
{
	const struct object *o = r->policy->object;

	return arena_printf(a, "%s %s%s%s", o->kind_name, text_safe(a, o->ns),
	    o->ns.n > 0 ? "/" : "", text_safe(a, o->name));
}

/* A line below a direction's verdict, its first word in the left column. */
static void
put_line(struct text *x, const char *word, const char *rest)
{
	buf_printf(x->out, "           %-12s %s\n", word, rest);
}

const char *
text_role(enum explain_role role)
{
	switch (role) {
	case ROLE_DECIDES:
		return "decides";
	case ROLE_AGREES:
		return "says the same";
	case ROLE_PASSES:
		return "leaves it to the next tier";
	case ROLE_PASSED_OVER:
		return "a pass in its tier comes before it";
	case ROLE_LOSES_TIER:
		return "a stronger tier decides first";
	case ROLE_LOSES_RANK:
		return "a stronger priority decides first";
	case ROLE_LOSES_TO_DENY:
		return "a deny of the same tier wins";
	case ROLE_LOSES_TO_ALLOW:
		return "an allow of the same tier wins";
	}
	return NULL;
}

static uint32_t
line_of(struct source_set *set, struct span at)
{
	return source_place(set, at).line;
}

/* "shop.yaml:12: allow, tier namespace (peer line 14, port line 19)". */
static const char *
rule_place(struct text *x, const struct pmap_match *m, const char *role)
{
	const struct ir_rule *r = m->rule->rule;
	uint32_t line = line_of(x->set, r->at);
	uint32_t peer = m->peer ? line_of(x->set, m->peer->at) : 0;
	uint32_t port = m->port ? line_of(x->set, m->port->at) : 0;
	const char *sep = " (";
	struct buf b;

	buf_init(&b, x->arena);
	buf_printf(&b, "%s: %s, %s tier", text_where(x, r->at),
	    ir_verdict_name(r->verdict),
	    model_tier_name(trace_model(x->t), r->tier));
	if (role)
		buf_printf(&b, ": %s", role);
	if (peer != 0 && peer != line) {
		buf_printf(&b, "%speer line %u", sep, peer);
		sep = ", ";
	}
	if (port != 0 && port != line && port != peer) {
		buf_printf(&b, "%sport line %u", sep, port);
		sep = ", ";
	}
	if (sep[0] == ',')
		buf_putc(&b, ')');
	return b.p;
}

static void
put_match(struct text *x, const char *word, const struct pmap_match *m,
    const char *role)
{
	put_line(x, word, text_rule_name(x->arena, m->rule->rule));
	put_line(x, "", rule_place(x, m, role));
	if (m->rule->rule->log.n > 0)
		put_line(x, "",
		    arena_printf(x->arena, "logged as \"%s\"",
			text_safe(x->arena, m->rule->rule->log)));
}

/* What a rule was to the one that decided. */
static const char *
relation(enum explain_role role)
{
	if (role == ROLE_AGREES)
		return "also";
	return role == ROLE_PASSES ? "passed on by" : "overruled";
}

/* The rules that matched but did not decide. */
static void
put_others(struct text *x, const struct explanation *why)
{
	for (size_t i = 0; i < why->why.matches.n; i++) {
		const struct pmap_match *m = &why->why.matches.v[i];

		if (m != why->decider && m->rule->rule->policy)
			put_match(x, relation(why->role[i]), m,
			    text_role(why->role[i]));
	}
}

/* The rule that would allow it but for one thing. */
static void
put_near(struct text *x, const struct near_rule *n)
{
	const struct world *w = x->t->pmaps->world;
	const char *text = near_text(x->arena, w, n);
	const char *instead = near_instead(x->arena, w, n);

	put_line(x, "near miss", text_rule_name(x->arena, n->rule));
	put_line(x, "",
	    arena_printf(x->arena, "%s: allows it but for %s",
		text_where(x, near_at(n)), text));
	if (instead)
		put_line(x, "", arena_printf(x->arena, "write %s", instead));
}

/* Why no policy is enforced at an endpoint that was judged. */
static const char *
no_policy_text(const struct text *x, ident_idx_t ident, enum direction dir)
{
	const struct pmaps *m = x->t->pmaps;

	if (m->opt.enforcement == PMAP_ENFORCE_NEVER)
		return "enforcement is off (--enforcement=never)";
	if (world_identity(m->world, ident)->unenforced)
		return "a label with the key \"host\" switches policy off";
	return arena_printf(x->arena, "no policy selects this %s for %s",
	    world_identity(m->world, ident)->id.id < SEC_ID_POD_FIRST ? "node"
								      : "pod",
	    direction_name(dir));
}

static void
put_cause(struct text *x, const struct judged_end *e,
    const struct explanation *why, ident_idx_t ident)
{
	const struct pmap_rule *d = why->why.default_deny;

	switch (why->cause) {
	case CAUSE_RULE:
		put_match(x, e->result.value.deny ? "denied by" : "allowed by",
		    why->decider, NULL);
		return;
	case CAUSE_NO_POLICY:
		put_line(x, "because",
		    no_policy_text(x, ident, e->direction->dir));
		return;
	case CAUSE_DEFAULT_ALLOW:
		put_line(x, "because",
		    "no rule denies it, and no policy asks for default deny");
		return;
	case CAUSE_LOCAL_HOST:
		put_line(x, "because",
		    "no rule denies it, and a pod's own node is let in "
		    "(--allow-localhost)");
		return;
	case CAUSE_DEFAULT_DENY:
		put_line(x, "because", "no rule allows it");
		put_line(x, "default deny", text_rule_name(x->arena, d->rule));
		put_line(x, "", text_where(x, d->rule->at));
		return;
	case CAUSE_FORCE:
		put_line(x, "because", "no rule allows it");
		put_line(x, "default deny",
		    x->t->pmaps->opt.enforcement == PMAP_ENFORCE_ALWAYS
			? "--enforcement=always"
			: "a label with the key \"init\"");
		return;
	}
}

/* "shop.yaml:12: path is not /items", or what the rule lets pass. */
static const char *
try_text(struct text *x, const struct request_try *t)
{
	const char *said = request_why_text(x->arena, &t->match);

	return arena_printf(x->arena, "%s: %s", text_where(x, t->rule->at),
	    text_safe(x->arena,
		str_of(said ? said : request_describe(x->arena, t))));
}

/* The tries of one outcome, or all. */
static void
put_tries(struct text *x, const char *word, const struct explanation *why,
    bool all, enum lang_match match)
{
	uint32_t n = 0;

	VEC_FOREACH (t, &why->tries) {
		if (!all && t->match.match != match)
			continue;
		if (n++ < REQUESTS_MAX)
			put_line(x, n == 1 ? word : "", try_text(x, t));
	}
	if (n > REQUESTS_MAX)
		put_line(x, "",
		    arena_printf(x->arena, "and %u more", n - REQUESTS_MAX));
}

/* What the proxy makes of the request, and by which rules. */
static void
put_request(struct text *x, const struct request_result *r,
    const struct explanation *why)
{
	const char *cause = request_cause_text(r->cause);

	if (cause)
		put_line(x,
		    r->answer == REQUEST_UNKNOWN ? "unknown" : "because",
		    cause);
	put_tries(x, "let pass by", why, false, LANG_MATCH);
	if (r->answer == REQUEST_PASSES)
		return;
	put_tries(x, "may let", why, false, LANG_MATCH_UNKNOWN);
	put_tries(x, "no match", why, false, LANG_NO_MATCH);
}

static void
put_asked(struct text *x, const struct trace_pair *p,
    const struct judged_end *e, ident_idx_t ident)
{
	const struct explanation *why = &p->explanation[e->direction->dir];
	struct str proxy = trace_proxy(x->t, e);

	text_verdict(x, e->verdict);
	if (e->verdict == FLOW_REFUSED)
		buf_printf(x->out, "  %s", request_refusal(why->parser));
	if (e->reason != REASON_NONE)
		text_reason(x, e->reason);
	if (proxy.n > 0 && !e->result.value.deny)
		buf_printf(x->out, "  through the %s proxy",
		    text_safe(x->arena, proxy));
	buf_putc(x->out, '\n');
	put_cause(x, e, why, ident);
	if (why->near.condition != NEAR_NONE)
		put_near(x, &why->near);
	put_others(x, why);
	if (x->t->query->walk)
		text_walk(x, e, why);
	if (e->result.verdict != PMAP_REDIRECTED)
		return;
	if (p->flow.request)
		put_request(x, &e->request, why);
	else
		put_tries(x, "proxy lets", why, true, LANG_MATCH);
}

/* Why no policy was asked; it passes, but for SCTP and what is broken. */
static void
put_not_asked(struct text *x, const struct judged_end *e, const char *error)
{
	switch (e->state) {
	case JUDGE_ASKED:
		return;
	case JUDGE_OUTSIDE:
		buf_puts(x->out, "not judged: outside the cluster\n");
		return;
	case JUDGE_NODE:
		buf_puts(x->out, "not judged: a node has no pod policy\n");
		return;
	case JUDGE_OWN_NODE:
		buf_puts(x->out,
		    "not judged: host policies are not asked between a node "
		    "and its own pods\n");
		return;
	case JUDGE_NO_SCTP:
		text_verdict(x, e->verdict);
		text_reason(x, e->reason);
		buf_puts(x->out, ": enable-sctp is off\n");
		return;
	case JUDGE_UNMANAGED:
		buf_puts(x->out, "not judged: Cilium does not manage it\n");
		return;
	case JUDGE_NO_ENDPOINT:
		buf_puts(x->out,
		    "not judged: the snapshot has no such endpoint\n");
		return;
	case JUDGE_LOOPBACK:
		text_verdict(x, e->verdict);
		buf_puts(x->out, "  a pod always reaches itself\n");
		return;
	case JUDGE_NEIGHBOUR:
		buf_puts(x->out,
		    "not judged: neighbour solicitation skips host policy\n");
		return;
	case JUDGE_BROKEN:
		text_verdict(x, e->verdict);
		buf_printf(x->out, "  Cilium cannot resolve this policy: %s\n",
		    error);
		return;
	}
}

/* The policy that may make the verdict another one. */
static void
put_uncertain(struct text *x, const struct object *o)
{
	if (o)
		buf_printf(x->out,
		    "           unless       %s %s says otherwise, which is "
		    "not "
		    "known in full (%s)\n",
		    o->kind_name,
		    text_safe(x->arena,
			object_full_name(x->arena, o->ns, o->name)),
		    text_where(x, o->name_at));
}

void
text_direction(struct text *x, const struct trace_pair *p, enum direction dir)
{
	const struct judged_end *e = &p->judgement.end[dir];
	const struct trace_end *subject = dir == DIR_EGRESS ? p->from : p->to;

	buf_printf(x->out, "  %-7s  ", direction_name(dir));
	if (e->state == JUDGE_ASKED) {
		put_asked(x, p, e, subject->ident);
		put_uncertain(x, p->uncertain[dir]);
	} else
		put_not_asked(x, e,
		    subject->class ? subject->class->error : NULL);
}
