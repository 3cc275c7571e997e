/* SPDX-License-Identifier: Apache-2.0 */
#include "report/trace.h"

#include <netinet/in.h>

#include "cilium/reason.h"
#include "diag/printable.h"
#include "report/model.h"

enum {
	TEXT_MAX = 200,    /* bytes of one piece of input */
	REQUESTS_MAX = 20, /* rules for requests that a direction shows */
};

/* What a text is made with. */
struct text {
	struct buf *out;
	struct arena *arena;
	struct source_set *set;
	const struct trace *t;
	bool color;
};

/* Input, made safe to show. */
static const char *
safe(struct arena *a, struct str s)
{
	struct buf b;

	buf_init(&b, a);
	buf_puts(&b, "");
	printable_put(&b, s, TEXT_MAX);
	return b.p;
}

/* "CiliumNetworkPolicy shop/web". */
static const char *
rule_name(struct arena *a, const struct ir_rule *r)
{
	const struct object *o = r->policy->object;

	return arena_printf(a, "%s %s%s%s", o->kind_name, safe(a, o->ns),
	    o->ns.n > 0 ? "/" : "", safe(a, o->name));
}

const char *
trace_tier_name(enum ir_model model, enum ir_tier tier)
{
	switch (tier) {
	case IR_TIER_ADMIN:
		return "admin";
	case IR_TIER_CLUSTERWIDE:
		return "clusterwide";
	case IR_TIER_NORMAL:
		return model == IR_MODEL_CLUSTERWIDE ? "namespace" : "normal";
	case IR_TIER_BASELINE:
		return "baseline";
	case IR_TIER_DEFAULT:
		return "default";
	}
	return NULL;
}

static enum ir_model
model_of(const struct trace *t)
{
	return t->pmaps->world->ir->opt.model;
}

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
		    safe(a, p->asked->text), safe(a, e->ns), safe(a, e->name));
	else if (p->node.n > 0)
		*vec_push(&n->v, a) = arena_printf(a,
		    "%s is an address of node %s: rules by CIDR never match a "
		    "node",
		    safe(a, p->asked->text), safe(a, p->node));
}

static bool
any_redirect(const struct trace *t)
{
	VEC_FOREACH (p, &t->pairs) {
		for (int i = 0; i < 2; i++) {
			if (p->direction[i].judged == TRACE_JUDGED &&
			    p->direction[i].result.verdict == PMAP_REDIRECTED)
				return true;
		}
	}
	return false;
}

/* How a question and what the proxies read fit together. */
static const char *
request_note(const struct trace *t)
{
	bool asked = request_is_asked(t->query), read = any_redirect(t);

	if (read && !asked)
		return "no request was asked about: --method and --path for "
		       "HTTP, --dns, --sni";
	if (asked && !read)
		return "no proxy reads this connection, so requests make no "
		       "difference";
	return NULL;
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
	if (trace_host_sees_nobody(t))
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

static void
put_colored(struct text *x, const char *color, const char *word)
{
	buf_printf(x->out, "%s%s%s", x->color ? color : "", word,
	    x->color ? "\033[0m" : "");
}

static void
put_verdict(struct text *x, enum trace_verdict v)
{
	switch (v) {
	case TRACE_ALLOWED:
		put_colored(x, "\033[1;32m", "ALLOWED");
		return;
	case TRACE_UNKNOWN:
		put_colored(x, "\033[1;33m", "UNKNOWN");
		return;
	case TRACE_REFUSED:
		put_colored(x, "\033[1;31m", "REFUSED");
		return;
	case TRACE_DROPPED:
		put_colored(x, "\033[1;31m", "DROPPED");
		return;
	}
}

/* "shop/web-0", "shop/web-0 and 2 more", "world". */
static const char *
end_name(struct arena *a, const struct trace_party *p,
    const struct trace_end *e)
{
	const char *name;
	char ip[CIDR_STRLEN];
	bool pod = e->endpoint && !e->endpoint->host;

	if (p->service && !pod)
		return arena_printf(a, "%s", ip_print(&e->ip, ip));
	if (!p->service && (!pod || p->asked->who == QUERY_ADDRESS))
		return safe(a, p->asked->text);
	name = arena_printf(a, "%s/%s", safe(a, e->endpoint->ns),
	    safe(a, e->endpoint->name));
	if (e->nendpoints > 1)
		name =
		    arena_printf(a, "%s and %u more", name, e->nendpoints - 1);
	return name;
}

/* How each label of an identity came about. */
static void
put_origins(struct text *x, const label_origins *origins)
{
	const struct atom_table *atoms = x->t->pmaps->world->ir->atoms;

	VEC_FOREACH (o, origins) {
		struct str label = label_print(x->arena, atoms, o->label);

		buf_printf(x->out, "           %s: %s", safe(x->arena, label),
		    safe(x->arena, str_of(o->text)));
		if (o->at.source != 0)
			buf_printf(x->out, ", %s",
			    safe(x->arena,
				str_of(source_where(x->set, o->at))));
		buf_putc(x->out, '\n');
	}
}

static void
put_end(struct text *x, const char *word, const struct trace_party *p,
    const struct trace_end *e)
{
	const struct world *w = x->t->pmaps->world;
	char prefix[CIDR_STRLEN];

	buf_printf(x->out, "  %-7s  %s\n", word, end_name(x->arena, p, e));
	buf_printf(x->out,
	    "           identity %u: ", world_identity(w, e->ident)->id.id);
	printable_put(x->out, identity_print(x->arena, w, e->ident), TEXT_MAX);
	if (p->asked->who == QUERY_ADDRESS && !p->service && p->node.n == 0 &&
	    !e->endpoint) {
		if (p->prefix.bits > 0)
			buf_printf(x->out, "; ipcache prefix %s",
			    cidr_print(&p->prefix, prefix));
		else
			buf_puts(x->out, "; in no prefix of the ipcache");
	}
	buf_putc(x->out, '\n');
	put_origins(x, &e->origins);
}

/* A line below a direction's verdict, its first word in the left column. */
static void
put_line(struct text *x, const char *word, const char *rest)
{
	buf_printf(x->out, "           %-12s %s\n", word, rest);
}

/* What became of a rule that did not decide. */
static const char *
role_text(enum trace_role role)
{
	switch (role) {
	case TRACE_DECIDES:
		return "decides";
	case TRACE_AGREES:
		return "says the same";
	case TRACE_PASSES:
		return "leaves it to the next tier";
	case TRACE_PASSED_OVER:
		return "a pass in its tier comes before it";
	case TRACE_LOSES_TIER:
		return "a stronger tier decides first";
	case TRACE_LOSES_RANK:
		return "a stronger priority decides first";
	case TRACE_LOSES_TO_DENY:
		return "a deny of the same tier wins";
	case TRACE_LOSES_TO_ALLOW:
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
	buf_printf(&b, "%s: %s, %s tier",
	    safe(x->arena, str_of(source_where(x->set, r->at))),
	    ir_verdict_name(r->verdict),
	    trace_tier_name(model_of(x->t), r->tier));
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
	put_line(x, word, rule_name(x->arena, m->rule->rule));
	put_line(x, "", rule_place(x, m, role));
	if (m->rule->rule->log.n > 0)
		put_line(x, "",
		    arena_printf(x->arena, "logged as \"%s\"",
			safe(x->arena, m->rule->rule->log)));
}

/* In which relation a rule stands to the one that decided. */
static const char *
relation(enum trace_role role)
{
	if (role == TRACE_AGREES)
		return "also";
	return role == TRACE_PASSES ? "passed on by" : "overruled";
}

/* The rules that matched but did not decide. */
static void
put_others(struct text *x, const struct trace_direction *s)
{
	for (size_t i = 0; i < s->why.matches.n; i++) {
		const struct pmap_match *m = &s->why.matches.v[i];

		if (m != s->decider && m->rule->rule->policy)
			put_match(x, relation(s->role[i]), m,
			    role_text(s->role[i]));
	}
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
put_cause(struct text *x, const struct trace_direction *s, ident_idx_t ident)
{
	const struct pmap_rule *d = s->why.default_deny;

	switch (s->cause) {
	case TRACE_BY_RULE:
		put_match(x, s->result.value.deny ? "denied by" : "allowed by",
		    s->decider, NULL);
		return;
	case TRACE_BY_NO_POLICY:
		put_line(x, "because",
		    no_policy_text(x, ident, s->direction->dir));
		return;
	case TRACE_BY_DEFAULT_ALLOW:
		put_line(x, "because",
		    "no rule denies it, and no policy asks for default deny");
		return;
	case TRACE_BY_LOCAL_HOST:
		put_line(x, "because",
		    "no rule denies it, and a pod's own node is let in "
		    "(--allow-localhost)");
		return;
	case TRACE_BY_DEFAULT_DENY:
		put_line(x, "because", "no rule allows it");
		put_line(x, "default deny", rule_name(x->arena, d->rule));
		put_line(x, "",
		    safe(x->arena, str_of(source_where(x->set, d->rule->at))));
		return;
	case TRACE_BY_FORCE:
		put_line(x, "because", "no rule allows it");
		put_line(x, "default deny",
		    x->t->pmaps->opt.enforcement == PMAP_ENFORCE_ALWAYS
			? "--enforcement=always"
			: "a label with the key \"init\"");
		return;
	}
}

/* "shop.yaml:12: path is not /items", one that matches without a reason. */
static const char *
try_text(struct text *x, const struct request_try *t)
{
	return arena_printf(x->arena, "%s: %s",
	    safe(x->arena, str_of(source_where(x->set, t->rule->at))),
	    safe(x->arena,
		str_of(t->why && request_is_asked(x->t->query)
			? t->why
			: request_describe(x->arena, t))));
}

/* The tries of one outcome, or all. */
static void
put_tries(struct text *x, const char *word, const struct request_result *r,
    bool all, enum lang_match match)
{
	uint32_t n = 0;

	VEC_FOREACH (t, &r->tries) {
		if (!all && t->match != match)
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
put_request(struct text *x, const struct request_result *r)
{
	if (r->why && request_is_asked(x->t->query))
		put_line(x,
		    r->answer == REQUEST_UNKNOWN ? "unknown" : "because",
		    r->why);
	if (!request_is_asked(x->t->query)) {
		put_tries(x, "proxy lets", r, true, LANG_MATCH);
		return;
	}
	put_tries(x, "let pass by", r, false, LANG_MATCH);
	if (r->answer == REQUEST_PASSES)
		return;
	put_tries(x, "may let", r, false, LANG_MATCH_UNKNOWN);
	put_tries(x, "no match", r, false, LANG_NO_MATCH);
}

const char *
trace_response(const struct request_result *r)
{
	switch (r->parser) {
	case IR_PARSER_HTTP:
		return "HTTP 403";
	case IR_PARSER_DNS:
		return "DNS REFUSED";
	case IR_PARSER_TLS:
		return "connection closed";
	case IR_PARSER_NONE:
	case IR_PARSER_CRD:
		break;
	}
	return "";
}

static void
put_reason(struct text *x, enum drop_reason reason)
{
	buf_printf(x->out, "  %s (%u)", drop_reason_text(reason), reason);
}

static void
put_judged(struct text *x, const struct trace_direction *s, ident_idx_t ident)
{
	enum drop_reason reason = trace_drop_reason(s);
	struct str proxy = trace_proxy(x->t, s);
	enum trace_verdict v = trace_direction_verdict(x->t, s);

	put_verdict(x, v);
	if (v == TRACE_REFUSED)
		buf_printf(x->out, "  %s", trace_response(&s->request));
	if (reason != REASON_NONE)
		put_reason(x, reason);
	if (proxy.n > 0 && !s->result.value.deny)
		buf_printf(x->out, "  through the %s proxy",
		    safe(x->arena, proxy));
	buf_putc(x->out, '\n');
	put_cause(x, s, ident);
	put_others(x, s);
	if (s->result.verdict == PMAP_REDIRECTED)
		put_request(x, &s->request);
}

static void
put_direction(struct text *x, const struct trace_direction *s,
    enum direction dir, ident_idx_t ident)
{
	buf_printf(x->out, "  %-7s  ", direction_name(dir));
	switch (s->judged) {
	case TRACE_JUDGED:
		put_judged(x, s, ident);
		return;
	case TRACE_OUTSIDE:
		buf_puts(x->out, "not judged: outside the cluster\n");
		return;
	case TRACE_NODE:
		buf_puts(x->out, "not judged: a node has no pod policy\n");
		return;
	case TRACE_OWN_NODE:
		buf_puts(x->out,
		    "not judged: host policies are not asked between a node "
		    "and its own pods\n");
		return;
	case TRACE_NO_SCTP:
		put_verdict(x, TRACE_DROPPED);
		put_reason(x, REASON_UNKNOWN_L4);
		buf_puts(x->out, ": enable-sctp is off\n");
		return;
	case TRACE_UNMANAGED:
		buf_puts(x->out, "not judged: Cilium does not manage it\n");
		return;
	case TRACE_NO_ENDPOINT:
		buf_puts(x->out,
		    "not judged: the snapshot has no such endpoint\n");
		return;
	case TRACE_LOOPBACK:
		put_verdict(x, TRACE_ALLOWED);
		buf_puts(x->out, "  a pod always reaches itself\n");
		return;
	case TRACE_BROKEN:
		put_verdict(x, TRACE_UNKNOWN);
		buf_printf(x->out, "  Cilium cannot resolve this policy: %s\n",
		    s->error);
		return;
	}
}

static void
put_pair(struct text *x, const struct trace_pair *p)
{
	const struct trace *t = x->t;

	put_verdict(x, p->verdict);
	buf_printf(x->out, "  %s -> %s  %s\n",
	    end_name(x->arena, &t->from, p->from),
	    end_name(x->arena, &t->to, p->to),
	    query_print_port(x->arena, t->query->proto, p->to->port));
	put_end(x, "from", &t->from, p->from);
	put_end(x, "to", &t->to, p->to);
	put_direction(x, &p->direction[DIR_EGRESS], DIR_EGRESS, p->from->ident);
	put_direction(x, &p->direction[DIR_INGRESS], DIR_INGRESS, p->to->ident);
}

/* What Service was asked for, and what becomes of its port. */
static void
put_service(struct text *x)
{
	const struct trace_party *p = &x->t->to;
	const struct object *o = p->service;
	const struct query *q = x->t->query;
	const char *port = query_print_port(x->arena, q->proto, q->port);
	const char *name = arena_printf(x->arena, "%s/%s, %s",
	    safe(x->arena, o->ns), safe(x->arena, o->name),
	    safe(x->arena, str_of(source_where(x->set, o->name_at))));

	if (trace_no_backend(x->t)) {
		put_verdict(x, TRACE_DROPPED);
		buf_printf(x->out, "  %s -> %s  %s",
		    safe(x->arena, x->t->from.asked->text),
		    safe(x->arena, p->asked->text), port);
		put_reason(x, REASON_NO_BACKEND);
		buf_putc(x->out, '\n');
	}
	buf_printf(x->out, "Service %s: %s\n\n", name,
	    trace_no_backend(x->t)
		? "no backend in the input, so no policy is asked"
		: !p->service_port
		? "headless, clients connect to its pods"
		: arena_printf(x->arena,
		      "before any policy is asked, %s becomes a backend's port",
		      port));
}

/* How many of several pairs get which verdict. */
static void
put_counts(struct text *x)
{
	static const char *const word[] = {"allowed", "unknown", "refused",
	    "dropped"};
	uint32_t count[4] = {0};
	const char *sep = ": ";

	VEC_FOREACH (p, &x->t->pairs)
		count[p->verdict]++;
	buf_printf(x->out, "%zu pairs", x->t->pairs.n);
	for (int i = 0; i < 4; i++) {
		if (count[i] == 0)
			continue;
		buf_printf(x->out, "%s%u %s", sep, count[i], word[i]);
		sep = ", ";
	}
	buf_puts(x->out, "\n\n");
}

void
trace_put_text(struct buf *out, struct arena *a, struct source_set *set,
    const struct trace *t, bool color)
{
	struct text x = {out, a, set, t, color};
	struct trace_notes notes;

	if (t->to.service)
		put_service(&x);
	if (t->pairs.n > 1)
		put_counts(&x);
	VEC_FOREACH (p, &t->pairs) {
		put_pair(&x, p);
		buf_putc(out, '\n');
	}
	trace_collect_notes(&notes, a, t);
	VEC_FOREACH (n, &notes.v)
		buf_printf(out, "note: %s\n", *n);
	buf_printf(out, "model: %s\n", model_text(model_of(t)));
}
