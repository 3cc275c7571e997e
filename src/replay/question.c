/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks trace_run(), and keeps of its answer what reports need.
 */
#include "replay/question.h"

#include "cilium/proto.h"

/* "http://host/path?query" into its parts. */
static void
set_url(struct request *to, struct replay_worker *x, struct str url)
{
	const char *scheme = memmem(url.s, url.n, "://", 3);
	struct str rest = url;
	const char *slash;

	if (scheme) {
		rest.s = scheme + 3;
		rest.n = url.n - (size_t)(rest.s - url.s);
		slash = memchr(rest.s, '/', rest.n);
		to->host = (struct str){rest.s,
		    slash ? (size_t)(slash - rest.s) : rest.n};
		to->host =
		    str_of(arena_printf(&x->line, STR_FMT, STR_ARG(to->host)));
		rest.n -= to->host.n;
		rest.s = slash ? slash : "/";
		rest.n = slash ? rest.n : 1;
	}
	to->path = str_of(arena_printf(&x->line, STR_FMT, STR_ARG(rest)));
}

/* A copy of S that C can read. */
static struct str
copy(struct replay_worker *x, struct str s)
{
	return str_of(arena_printf(&x->line, STR_FMT, STR_ARG(s)));
}

static void
set_request(struct request *to, struct replay_worker *x, const struct record *r)
{
	if (r->is_http) {
		if (r->method.n > 0)
			to->method = copy(x, r->method);
		if (r->url.n > 0)
			set_url(to, x, r->url);
		VEC_FOREACH (h, &r->headers)
			*vec_push(&to->headers, &x->line) =
			    (struct request_header){copy(x, h->name),
				copy(x, h->value)};
	} else if (r->is_dns && r->dns.n > 0) {
		to->dns = copy(x, r->dns);
	}
}

const char *
question_of(struct query *q, struct replay_worker *x, const struct record *r)
{
	*q = (struct query){.proto = r->proto,
	    .port = r->port,
	    .family = r->family};
	if (r->proto == 0)
		return "the record does not say the protocol";
	if (!proto_has_ports(r->proto) && !proto_is_icmp(r->proto))
		return "whether the datapath knows the protocol is a setting";
	if ((proto_has_ports(r->proto) || proto_is_icmp(r->proto)) &&
	    !r->has_port)
		return "the record does not say the port";
	if (r->message == RECORD_REQUEST)
		set_request(&q->request, x, r);
	return NULL;
}

/* A text whose length is in the key: short, as there are many keys. */
static void
put_text(struct buf *key, struct str s)
{
	const uint8_t size = s.n < UINT8_MAX ? (uint8_t)s.n : UINT8_MAX;

	buf_put(key, &size, sizeof(size));
	if (size == UINT8_MAX)
		buf_put(key, &s.n, sizeof(s.n));
	buf_str(key, s);
}

static void
put_end(struct buf *key, const struct query_end *e)
{
	buf_putc(key, (char)e->who);
	switch (e->who) {
	case QUERY_IDENTITIES:
		buf_put(key, &e->identities, sizeof(e->identities));
		return;
	case QUERY_ADDRESS:
		buf_put(key, &e->ip, sizeof(e->ip));
		break;
	case QUERY_POD:
	case QUERY_SERVICE:
	case QUERY_WORKLOAD:
	case QUERY_ENTITY:
		put_text(key, e->ns);
		put_text(key, e->name);
		break;
	case QUERY_LABELS:
		break;
	}
	put_text(key, e->text);
}

void
question_key(struct buf *key, const struct query *q)
{
	put_end(key, &q->from);
	put_end(key, &q->to);
	buf_put(key, &q->proto, sizeof(q->proto));
	buf_put(key, &q->port, sizeof(q->port));
	buf_put(key, &q->family, sizeof(q->family));
	put_text(key, q->request.method);
	put_text(key, q->request.path);
	put_text(key, q->request.host);
	put_text(key, q->request.dns);
	VEC_FOREACH (h, &q->request.headers) {
		put_text(key, h->name);
		put_text(key, h->value);
	}
}

/* The pair whose verdict is that of all. */
static const struct trace_pair *
deciding_pair(const struct trace *t)
{
	VEC_FOREACH (p, &t->pairs) {
		if (p->judgement.verdict == t->verdict)
			return p;
	}
	return t->pairs.n > 0 ? &t->pairs.v[0] : NULL;
}

/* The rule that decides, or else denies by default. */
static const struct ir_rule *
rule_of(const struct explanation *e)
{
	if (e->decider)
		return e->decider->rule->rule;
	return e->why.default_deny ? e->why.default_deny->rule : NULL;
}

static void
fill_side(struct replay_side *side, struct replay_worker *x,
    const struct judged_end *e, const struct explanation *why)
{
	side->asked = e->state == JUDGE_ASKED;
	side->bad = e->verdict == FLOW_DROPPED || e->verdict == FLOW_REFUSED;
	side->code = e->verdict == FLOW_DROPPED ? (uint32_t)e->reason : 0;
	if (!side->asked)
		return;
	side->cause = why->cause;
	side->rule = rule_of(why);
	side->near = why->near;
	for (size_t i = 0; i < why->why.matches.n; i++) {
		const struct ir_policy *policy =
		    why->why.matches.v[i].rule->rule->policy;

		if (policy &&
		    (why->role[i] == ROLE_DECIDES ||
			why->role[i] == ROLE_AGREES))
			*vec_push(&side->policies, &x->scratch) =
			    policy->object;
	}
}

/* All that a side says, in scratch. */
static struct str
side_key(struct replay_worker *x, const struct replay_side *s)
{
	struct buf key;

	buf_init(&key, &x->scratch);
	buf_putc(&key, (char)(s->bad << 1 | s->asked));
	buf_put(&key, &s->code, sizeof(s->code));
	buf_put(&key, &s->cause, sizeof(s->cause));
	buf_put(&key, &s->rule, sizeof(s->rule));
	buf_put(&key, &s->near.condition, sizeof(s->near.condition));
	buf_put(&key, &s->near.rule, sizeof(s->near.rule));
	buf_put(&key, &s->near.peer, sizeof(s->near.peer));
	buf_put(&key, &s->near.port, sizeof(s->near.port));
	buf_put(&key, &s->near.req, sizeof(s->near.req));
	buf_put(&key, &s->near.label, sizeof(s->near.label));
	VEC_FOREACH (o, &s->policies)
		buf_put(&key, o, sizeof(*o));
	return buf_as_str(&key);
}

/* What an end says, the same for all who say it. */
static const struct replay_side *
side_of(struct replay_worker *x, const struct judged_end *e,
    const struct explanation *why)
{
	struct replay_side side = {0}, *kept;
	struct str key;

	fill_side(&side, x, e, why);
	key = side_key(x, &side);
	kept = shared_map_get(&x->all->sides, key);
	if (kept)
		return kept;
	kept = ARENA_NEW(x->arena, struct replay_side);
	*kept = side;
	memset(&kept->policies, 0, sizeof(kept->policies));
	VEC_FOREACH (o, &side.policies)
		*vec_push(&kept->policies, x->arena) = *o;
	return shared_map_put(&x->all->sides, key, kept);
}

static struct str
keep(struct replay_worker *x, struct str s)
{
	return (struct str){arena_dup(x->arena, s.s, s.n), s.n};
}

const struct replay_who *
question_who(struct replay_worker *x, struct replay_who who)
{
	struct replay_who *kept;
	struct buf key;

	buf_init(&key, &x->line);
	put_text(&key, who.name);
	put_text(&key, who.ns);
	put_text(&key, who.workload);
	kept = shared_map_get(&x->all->whos, buf_as_str(&key));
	if (kept)
		return kept;
	kept = ARENA_NEW(x->arena, struct replay_who);
	*kept = (struct replay_who){keep(x, who.name), keep(x, who.ns),
	    keep(x, who.workload)};
	return shared_map_put(&x->all->whos, buf_as_str(&key), kept);
}

/* Whether an end hands it to a proxy that has rules. */
static bool
is_proxied(const struct trace_pair *p)
{
	return p->explanation[DIR_INGRESS].tries.n > 0 ||
	    p->explanation[DIR_EGRESS].tries.n > 0;
}

static const char *
why_unknown(const struct trace *t, const struct trace_pair *p)
{
	for (int dir = DIR_INGRESS; p && dir <= DIR_EGRESS; dir++) {
		if (p->uncertain[dir])
			return "a policy is not known in full";
	}
	if (trace_no_backend(t))
		return "the snapshot has no backend of the Service";
	if (t->from.either || t->to.either)
		return "it depends on who of several the end is";
	return "it depends on what the record does not say of the request";
}

static const struct replay_who *
who_of(struct replay_worker *x, const struct trace_party *p,
    const struct trace_end *e)
{
	const struct object *service = p->service;

	if (service)
		return question_who(x,
		    replay_who_text(object_full_name(&x->line, service->ns,
					service->name),
			service->ns));
	return e
	    ? &x->all->names.of_ident[e->ident.i]
	    : question_who(x, replay_who_text(p->asked->text, p->asked->ns));
}

/* The identities that the question is about. */
static void
keep_pairs(struct replay_more *a, struct replay_worker *x,
    const struct trace *t)
{
	VEC_FOREACH (p, &t->pairs) {
		struct replay_pair *kept = vec_push(&a->pairs, x->arena);
		const struct replay_pair *first = &a->pairs.v[0];

		*kept = (struct replay_pair){.from = p->from->ident,
		    .to = p->to->ident,
		    .class = {p->from->class, p->to->class},
		    .port = p->flow.port};
		for (int dir = 0; dir < 2; dir++) {
			enum explain_cause cause = p->explanation[dir].cause;
			const struct judged_end *e = &p->judgement.end[dir];

			kept->asked[dir] = e->state == JUDGE_ASKED;
			kept->lacks[dir] = kept->asked[dir] &&
			    e->verdict == FLOW_DROPPED &&
			    (cause == CAUSE_DEFAULT_DENY ||
				cause == CAUSE_FORCE);
		}
		a->either |=
		    (t->from.either && kept->from.i != first->from.i) ||
		    (t->to.either && kept->to.i != first->to.i);
	}
}

static void
set_answer(struct replay_answer *a, struct replay_worker *x,
    const struct trace *t, bool open)
{
	const struct trace_pair *p = deciding_pair(t);

	a->verdict = t->verdict;
	a->no_backend = trace_no_backend(t) && t->verdict == FLOW_DROPPED;
	a->from = who_of(x, &t->from, p ? p->from : NULL);
	a->to = who_of(x, &t->to, p ? p->to : NULL);
	for (int dir = DIR_INGRESS; p && dir <= DIR_EGRESS; dir++)
		a->side[dir] =
		    side_of(x, &p->judgement.end[dir], &p->explanation[dir]);
	if (open && a->verdict == FLOW_ALLOWED && p && is_proxied(p))
		a->verdict = FLOW_UNKNOWN;
	if (a->verdict == FLOW_UNKNOWN)
		a->why = why_unknown(t, p);
	if (x->all->pairs)
		keep_pairs(a->more, x, t);
}

struct replay_answer *
question_unknown(struct replay_worker *x, uint8_t proto, uint16_t port,
    const char *why)
{
	static const struct replay_side silent = {0};
	struct replay_answer *a = ARENA_NEW(x->arena, struct replay_answer);

	*a = (struct replay_answer){.proto = proto,
	    .port = port,
	    .verdict = FLOW_UNKNOWN,
	    .why = why,
	    .side = {&silent, &silent}};
	if (x->all->pairs || x->all->texts)
		a->more = ARENA_NEW(x->arena, struct replay_more);
	return a;
}

struct replay_answer *
question_answer(struct replay_worker *x, const struct query *q, bool open)
{
	struct replay_answer *a = question_unknown(x, q->proto, q->port, NULL);
	struct diag_sink sink;
	struct trace t;

	diag_sink_init(&sink, &x->scratch);
	if (trace_run(&t, &x->scratch, &sink, x->all->pmaps, x->all->objects,
		q)) {
		set_answer(a, x, &t, open);
	} else {
		a->from =
		    question_who(x, replay_who_text(q->from.text, q->from.ns));
		a->to = question_who(x, replay_who_text(q->to.text, q->to.ns));
		a->why = sink.v.n > 0 ? arena_dup(x->arena, sink.v.v[0]->text,
					    strlen(sink.v.v[0]->text))
				      : "it cannot be asked";
	}
	arena_reset(&x->scratch);
	return a;
}
