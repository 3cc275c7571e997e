/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer of `cnpc trace` as JSON.
 */
#include "report/trace_json.h"

#include "cilium/proto.h"
#include "ident/labels.h"
#include "ir/rule_json.h"
#include "report/model.h"
#include "flow/near_text.h"
#include "report/request.h"
#include "report/trace_notes.h"

/* The document being written. */
struct doc {
	struct json *out;
	struct arena *arena;
	struct source_set *set;
	const struct trace *t;
};

static const char *
verdict_word(enum flow_verdict v)
{
	switch (v) {
	case FLOW_ALLOWED:
		return "allowed";
	case FLOW_UNKNOWN:
		return "unknown";
	case FLOW_REFUSED:
		return "refused";
	case FLOW_DROPPED:
		return "dropped";
	}
	return NULL;
}

static const char *
role_word(enum explain_role role)
{
	switch (role) {
	case ROLE_DECIDES:
		return "decides";
	case ROLE_AGREES:
		return "agrees";
	case ROLE_PASSES:
		return "passes";
	case ROLE_PASSED_OVER:
		return "passed-over";
	case ROLE_LOSES_TIER:
		return "weaker-tier";
	case ROLE_LOSES_RANK:
		return "weaker-priority";
	case ROLE_LOSES_TO_DENY:
		return "loses-to-deny";
	case ROLE_LOSES_TO_ALLOW:
		return "loses-to-allow";
	}
	return NULL;
}

static const char *
state_word(enum judge_state s)
{
	switch (s) {
	case JUDGE_ASKED:
		return "";
	case JUDGE_OUTSIDE:
		return "outside";
	case JUDGE_NODE:
		return "node";
	case JUDGE_OWN_NODE:
		return "own-node";
	case JUDGE_NO_SCTP:
		return "no-sctp";
	case JUDGE_UNMANAGED:
		return "unmanaged";
	case JUDGE_NO_ENDPOINT:
		return "no-endpoint";
	case JUDGE_LOOPBACK:
		return "loopback";
	case JUDGE_NEIGHBOUR:
		return "neighbour";
	case JUDGE_BROKEN:
		return "unresolvable";
	}
	return NULL;
}

static void
json_said(struct json *out, const char *key, struct str value)
{
	if (value.s)
		json_kv_str(out, key, value);
}

static void
json_asked(struct json *out, const struct request *r)
{
	json_said(out, "method", r->method);
	json_said(out, "path", r->path);
	json_said(out, "host", r->host);
	json_said(out, "dns", r->dns);
	json_said(out, "sni", r->sni);
	if (r->headers.n == 0)
		return;
	json_key(out, "headers");
	json_array(out);
	VEC_FOREACH (h, &r->headers) {
		json_object(out);
		json_kv_str(out, "name", h->name);
		json_kv_str(out, "value", h->value);
		json_end_object(out);
	}
	json_end_array(out);
}

static void
json_query(struct json *out, const struct trace *t)
{
	const struct query *q = t->query;

	json_key(out, "query");
	json_object(out);
	json_kv_str(out, "from", q->from.text);
	json_kv_str(out, "to", q->to.text);
	json_kv_cstr(out, "protocol", proto_name(q->proto));
	json_kv_u64(out, "port", q->port);
	json_kv_cstr(out, "family", t->family == IP_V4 ? "ipv4" : "ipv6");
	json_asked(out, &q->request);
	json_end_object(out);
}

static void
json_origins(const struct doc *d, const struct trace_end *e)
{
	const struct atom_table *atoms = d->t->pmaps->world->ir->atoms;

	json_key(d->out, "origins");
	json_array(d->out);
	VEC_FOREACH (o, &e->origins) {
		json_object(d->out);
		json_kv_str(d->out, "label",
		    label_print(d->arena, atoms, o->label));
		json_kv_cstr(d->out, "origin", o->text);
		rule_json_place(d->out, source_place(d->set, o->at));
		json_end_object(d->out);
	}
	json_end_array(d->out);
}

/* Where the address of an end is from. */
static void
json_address(const struct doc *d, const struct trace_party *p,
    const struct trace_end *e)
{
	char text[CIDR_STRLEN];

	if (p->service) {
		json_kv_u64(d->out, "port", e->port);
		if (!e->endpoint)
			json_kv_cstr(d->out, "address", ip_print(&e->ip, text));
	} else if (p->asked->who == QUERY_ADDRESS) {
		json_kv_cstr(d->out, "address", ip_print(&p->asked->ip, text));
		if (p->node.n > 0 && !e->endpoint)
			json_kv_str(d->out, "node", p->node);
		else if (p->node.n == 0 && p->prefix.bits > 0)
			json_kv_cstr(d->out, "prefix",
			    cidr_print(&p->prefix, text));
	}
}

static void
json_end(const struct doc *d, const char *key, const struct trace_party *p,
    const struct trace_end *e)
{
	const struct identity *n = world_identity(d->t->pmaps->world, e->ident);

	json_key(d->out, key);
	json_object(d->out);
	json_kv_u64(d->out, "identity", n->id.id);
	identity_json_labels(d->out, d->arena, d->t->pmaps->world, n);
	if (d->t->query->explain_identity)
		json_origins(d, e);
	if (e->endpoint && e->endpoint->host)
		json_kv_str(d->out, "node", e->endpoint->name);
	else if (e->endpoint)
		json_kv_str(d->out, "endpoint",
		    object_full_name(d->arena, e->endpoint->ns,
			e->endpoint->name));
	if (e->endpoint && e->endpoint->assumed)
		json_kv_bool(d->out, "assumed", true);
	json_kv_u64(d->out, "endpoints", e->nendpoints);
	json_address(d, p, e);
	json_end_object(d->out);
}

/* The members that every rule has. */
static void
json_rule(const struct doc *d, const struct ir_rule *r)
{
	rule_json(d->out, d->set, r, r->at);
	json_kv_cstr(d->out, "tier",
	    model_tier_name(trace_model(d->t), r->tier));
	json_kv_u64(d->out, "priority", r->priority);
	json_kv_cstr(d->out, "verdict", ir_verdict_name(r->verdict));
	if (r->log.n > 0)
		json_kv_str(d->out, "log", r->log);
}

/* The line of AT, a part of rule R, where it adds to that of R. */
static void
json_line(const struct doc *d, const char *key, struct span at,
    const struct ir_rule *r)
{
	uint32_t line = source_place(d->set, at).line;

	if (line != 0 && line != source_place(d->set, r->at).line)
		json_kv_u64(d->out, key, line);
}

static void
json_matches(const struct doc *d, const struct explanation *why)
{
	json_key(d->out, "rules");
	json_array(d->out);
	for (size_t i = 0; i < why->why.matches.n; i++) {
		const struct pmap_match *m = &why->why.matches.v[i];

		json_object(d->out);
		json_rule(d, m->rule->rule);
		json_kv_cstr(d->out, "role", role_word(why->role[i]));
		if (m->peer)
			json_line(d, "peer_line", m->peer->at, m->rule->rule);
		if (m->port)
			json_line(d, "port_line", m->port->at, m->rule->rule);
		json_end_object(d->out);
	}
	json_end_array(d->out);
}

/* All rules of E, as many as there are of policies. */
static void
json_walk(const struct doc *d, const struct judged_end *e,
    const struct explanation *why)
{
	const struct pmap_direction *all = e->direction;

	json_key(d->out, "walk");
	json_array(d->out);
	for (uint32_t i = explain_next_rule(all, 0); i < all->nrules;
	     i = explain_next_rule(all, i + 1)) {
		const enum explain_role *role =
		    explain_role_of(why, &all->rules[i]);

		json_object(d->out);
		json_rule(d, all->rules[i].rule);
		json_kv_cstr(d->out, "says",
		    role ? role_word(*role) : "does-not-match");
		json_end_object(d->out);
	}
	json_end_array(d->out);
}

static const char *
end_word(const struct judged_end *e)
{
	if (e->reason != REASON_NONE)
		return "dropped";
	return e->result.verdict == PMAP_REDIRECTED ? "redirected" : "allowed";
}

static const char *
match_word(enum lang_match m)
{
	switch (m) {
	case LANG_MATCH:
		return "yes";
	case LANG_NO_MATCH:
		return "no";
	case LANG_MATCH_UNKNOWN:
		return "unknown";
	}
	return NULL;
}

static void
json_try(const struct doc *d, const struct request_try *t, bool asked)
{
	const char *said = request_why_text(d->arena, &t->match);

	json_object(d->out);
	rule_json(d->out, d->set, t->rule->rule, t->rule->at);
	json_kv_cstr(d->out, "lets", request_describe(d->arena, t));
	if (asked)
		json_kv_cstr(d->out, "matches", match_word(t->match.match));
	if (said)
		json_kv_cstr(d->out, "why", said);
	json_end_object(d->out);
}

/* What the proxy lets pass, and what becomes of the request. */
static void
json_request(const struct doc *d, const struct trace_pair *p,
    const struct judged_end *e, const struct explanation *why)
{
	bool asked = p->flow.request;
	const char *cause = request_cause_text(e->request.cause);

	json_key(d->out, "request");
	json_object(d->out);
	json_kv_cstr(d->out, "verdict",
	    asked ? verdict_word(e->verdict) : "not-asked");
	if (e->verdict == FLOW_REFUSED)
		json_kv_cstr(d->out, "response", request_refusal(why->parser));
	if (cause)
		json_kv_cstr(d->out, "why", cause);
	json_key(d->out, "rules");
	json_array(d->out);
	VEC_FOREACH (t, &why->tries)
		json_try(d, t, asked);
	json_end_array(d->out);
	json_end_object(d->out);
}

static void
json_reason(const struct doc *d, enum drop_reason reason)
{
	json_key(d->out, "drop_reason");
	json_object(d->out);
	json_kv_u64(d->out, "code", reason);
	json_kv_cstr(d->out, "text", drop_reason_text(reason));
	json_end_object(d->out);
}

static void
json_asked_end(const struct doc *d, const struct trace_pair *p,
    const struct judged_end *e)
{
	const struct explanation *why = &p->explanation[e->direction->dir];
	struct str proxy = trace_proxy(d->t, e);

	json_kv_cstr(d->out, "verdict", end_word(e));
	if (e->reason != REASON_NONE)
		json_reason(d, e->reason);
	if (proxy.n > 0)
		json_kv_str(d->out, "proxy", proxy);
	json_kv_cstr(d->out, "cause", explain_cause_name(why->cause));
	json_matches(d, why);
	if (d->t->query->walk)
		json_walk(d, e, why);
	if (why->cause == CAUSE_DEFAULT_DENY) {
		json_key(d->out, "default_deny");
		json_object(d->out);
		json_rule(d, why->why.default_deny->rule);
		json_end_object(d->out);
	}
	near_json(d->out, d->arena, d->set, d->t->pmaps->world, &why->near);
	if (e->result.verdict == PMAP_REDIRECTED)
		json_request(d, p, e, why);
}

/* The policy that may make the verdict another one. */
static void
json_uncertain(const struct doc *d, const struct object *o)
{
	json_key(d->out, "uncertain");
	json_object(d->out);
	json_kv_cstr(d->out, "kind", o->kind_name);
	json_kv_str(d->out, "namespace", o->ns);
	json_kv_str(d->out, "name", o->name);
	rule_json_place(d->out, source_place(d->set, o->name_at));
	json_end_object(d->out);
}

static void
json_direction(const struct doc *d, const struct trace_pair *p,
    enum direction dir)
{
	const struct judged_end *e = &p->judgement.end[dir];
	const struct trace_end *subject = dir == DIR_EGRESS ? p->from : p->to;

	json_key(d->out, direction_name(dir));
	json_object(d->out);
	json_kv_bool(d->out, "judged", e->state == JUDGE_ASKED);
	if (e->state == JUDGE_ASKED)
		json_asked_end(d, p, e);
	else
		json_kv_cstr(d->out, "why", state_word(e->state));
	if (e->state == JUDGE_BROKEN)
		json_kv_cstr(d->out, "error", subject->class->error);
	if (p->uncertain[dir])
		json_uncertain(d, p->uncertain[dir]);
	json_end_object(d->out);
}

/* The Service that was translated. */
static void
json_service(const struct doc *d)
{
	const struct object *o = d->t->to.service;

	json_key(d->out, "service");
	json_object(d->out);
	json_kv_str(d->out, "namespace", o->ns);
	json_kv_str(d->out, "name", o->name);
	rule_json_place(d->out, source_place(d->set, o->name_at));
	json_kv_bool(d->out, "headless", !d->t->to.service_port);
	json_end_object(d->out);
	if (trace_no_backend(d->t) && !d->t->to.unlisted)
		json_reason(d, REASON_NO_BACKEND);
}

static void
json_group(const struct doc *d, const struct trace_group *g)
{
	const struct trace_pair *p = g->witness;

	json_object(d->out);
	if (d->t->query->grouped)
		json_kv_u64(d->out, "alike", g->npairs);
	json_end(d, "from", &d->t->from, p->from);
	json_end(d, "to", &d->t->to, p->to);
	json_kv_cstr(d->out, "verdict", verdict_word(p->judgement.verdict));
	json_direction(d, p, DIR_EGRESS);
	json_direction(d, p, DIR_INGRESS);
	json_end_object(d->out);
}

void
trace_put_json(struct json *out, struct arena *a, struct source_set *set,
    const struct trace *t)
{
	const struct doc d = {out, a, set, t};
	struct trace_notes notes;
	trace_groups groups = {0};

	trace_group_pairs(&groups, a, t);
	trace_collect_notes(&notes, a, t);
	json_document(out, "cnpc-trace", 1);
	json_query(out, t);
	json_kv_cstr(out, "model", model_name(trace_model(t)));
	json_kv_cstr(out, "verdict", verdict_word(t->verdict));
	if (t->to.service)
		json_service(&d);
	json_key(out, "pairs");
	json_array(out);
	VEC_FOREACH (g, &groups)
		json_group(&d, g);
	json_end_array(out);
	json_key(out, "notes");
	json_array(out);
	VEC_FOREACH (n, &notes.v)
		json_cstr(out, *n);
	json_end_array(out);
	json_end_object(out);
}
