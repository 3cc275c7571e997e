/* SPDX-License-Identifier: Apache-2.0 */
#include "cilium/proto.h"
#include "cilium/reason.h"
#include "report/model.h"
#include "report/trace.h"

static enum ir_model
model_of(const struct trace *t)
{
	return t->pmaps->world->ir->opt.model;
}

static const char *
verdict_word(enum trace_verdict v)
{
	switch (v) {
	case TRACE_ALLOWED:
		return "allowed";
	case TRACE_UNKNOWN:
		return "unknown";
	case TRACE_REFUSED:
		return "refused";
	case TRACE_DROPPED:
		return "dropped";
	}
	return NULL;
}

static const char *
cause_word(enum trace_cause c)
{
	switch (c) {
	case TRACE_BY_RULE:
		return "rule";
	case TRACE_BY_NO_POLICY:
		return "no-policy";
	case TRACE_BY_DEFAULT_ALLOW:
		return "default-allow";
	case TRACE_BY_LOCAL_HOST:
		return "local-host";
	case TRACE_BY_DEFAULT_DENY:
		return "default-deny";
	case TRACE_BY_FORCE:
		return "forced";
	}
	return NULL;
}

static const char *
role_word(enum trace_role role)
{
	switch (role) {
	case TRACE_DECIDES:
		return "decides";
	case TRACE_AGREES:
		return "agrees";
	case TRACE_PASSES:
		return "passes";
	case TRACE_PASSED_OVER:
		return "passed-over";
	case TRACE_LOSES_TIER:
		return "weaker-tier";
	case TRACE_LOSES_RANK:
		return "weaker-priority";
	case TRACE_LOSES_TO_DENY:
		return "loses-to-deny";
	case TRACE_LOSES_TO_ALLOW:
		return "loses-to-allow";
	}
	return NULL;
}

static const char *
judged_word(enum trace_judged j)
{
	switch (j) {
	case TRACE_JUDGED:
		return "";
	case TRACE_OUTSIDE:
		return "outside";
	case TRACE_NODE:
		return "node";
	case TRACE_OWN_NODE:
		return "own-node";
	case TRACE_NO_SCTP:
		return "no-sctp";
	case TRACE_UNMANAGED:
		return "unmanaged";
	case TRACE_NO_ENDPOINT:
		return "no-endpoint";
	case TRACE_LOOPBACK:
		return "loopback";
	case TRACE_BROKEN:
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
json_origins(struct json *out, struct arena *a, struct source_set *set,
    const struct trace *t, const struct trace_end *e)
{
	json_key(out, "origins");
	json_array(out);
	VEC_FOREACH (o, &e->origins) {
		struct place at = source_place(set, o->at);

		json_object(out);
		json_kv_str(out, "label",
		    label_print(a, t->pmaps->world->ir->atoms, o->label));
		json_kv_cstr(out, "origin", o->text);
		if (at.line != 0) {
			json_kv_cstr(out, "file", at.file);
			json_kv_u64(out, "line", at.line);
		}
		json_end_object(out);
	}
	json_end_array(out);
}

static void
json_end(struct json *out, struct arena *a, const char *key,
    struct source_set *set, const struct trace *t, const struct trace_party *p,
    const struct trace_end *e)
{
	const struct world *w = t->pmaps->world;
	const struct identity *n = world_identity(w, e->ident);
	char text[CIDR_STRLEN];

	json_key(out, key);
	json_object(out);
	json_kv_u64(out, "identity", n->id.id);
	json_key(out, "labels");
	json_array(out);
	for (uint32_t i = 0; i < n->nlabels; i++)
		json_str(out, label_print(a, w->ir->atoms, &n->labels[i]));
	json_end_array(out);
	if (t->query->explain_identity)
		json_origins(out, a, set, t, e);
	if (e->endpoint && e->endpoint->host)
		json_kv_str(out, "node", e->endpoint->name);
	else if (e->endpoint)
		json_kv_cstr(out, "endpoint",
		    arena_printf(a, STR_FMT "/" STR_FMT,
			STR_ARG(e->endpoint->ns), STR_ARG(e->endpoint->name)));
	json_kv_u64(out, "endpoints", e->nendpoints);
	if (p->service) {
		json_kv_u64(out, "port", e->port);
		if (!e->endpoint)
			json_kv_cstr(out, "address", ip_print(&e->ip, text));
	} else if (p->asked->who == QUERY_ADDRESS) {
		json_kv_cstr(out, "address", ip_print(&p->asked->ip, text));
		if (p->node.n > 0 && !e->endpoint)
			json_kv_str(out, "node", p->node);
		else if (p->node.n == 0 && p->prefix.bits > 0)
			json_kv_cstr(out, "prefix",
			    cidr_print(&p->prefix, text));
	}
	json_end_object(out);
}

/* The members that every rule has. */
static void
json_rule(struct json *out, struct source_set *set, const struct trace *t,
    const struct ir_rule *r)
{
	const struct object *o = r->policy ? r->policy->object : NULL;
	struct place at = source_place(set, r->at);

	json_kv_cstr(out, "kind", o ? o->kind_name : "");
	json_kv_str(out, "namespace", o ? o->ns : STR(""));
	json_kv_str(out, "name", o ? o->name : STR(""));
	if (at.line != 0) {
		json_kv_cstr(out, "file", at.file);
		json_kv_u64(out, "line", at.line);
	}
	json_kv_cstr(out, "tier", trace_tier_name(model_of(t), r->tier));
	json_kv_u64(out, "priority", r->priority);
	json_kv_cstr(out, "verdict", ir_verdict_name(r->verdict));
	if (r->log.n > 0)
		json_kv_str(out, "log", r->log);
}

/* The line of AT, a part of rule R, where it adds to that of R. */
static void
json_line(struct json *out, struct source_set *set, const char *key,
    struct span at, const struct ir_rule *r)
{
	uint32_t line = source_place(set, at).line;

	if (line != 0 && line != source_place(set, r->at).line)
		json_kv_u64(out, key, line);
}

static void
json_matches(struct json *out, struct source_set *set, const struct trace *t,
    const struct trace_direction *s)
{
	json_key(out, "rules");
	json_array(out);
	for (size_t i = 0; i < s->why.matches.n; i++) {
		const struct pmap_match *m = &s->why.matches.v[i];

		json_object(out);
		json_rule(out, set, t, m->rule->rule);
		json_kv_cstr(out, "role", role_word(s->role[i]));
		if (m->peer)
			json_line(out, set, "peer_line", m->peer->at,
			    m->rule->rule);
		if (m->port)
			json_line(out, set, "port_line", m->port->at,
			    m->rule->rule);
		json_end_object(out);
	}
	json_end_array(out);
}

static const char *
direction_word(const struct trace_direction *s)
{
	if (trace_drop_reason(s) != REASON_NONE)
		return "dropped";
	return s->result.verdict == PMAP_REDIRECTED ? "redirected" : "allowed";
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
json_tries(struct json *out, struct arena *a, struct source_set *set,
    const struct trace *t, const struct request_result *r)
{
	json_key(out, "rules");
	json_array(out);
	VEC_FOREACH (try, &r->tries) {
		struct place at = source_place(set, try->rule->at);
		const struct ir_rule *rule = try->rule->rule;
		const struct object *o =
		    rule->policy ? rule->policy->object : NULL;

		json_object(out);
		json_kv_cstr(out, "kind", o ? o->kind_name : "");
		json_kv_str(out, "namespace", o ? o->ns : STR(""));
		json_kv_str(out, "name", o ? o->name : STR(""));
		if (at.line != 0) {
			json_kv_cstr(out, "file", at.file);
			json_kv_u64(out, "line", at.line);
		}
		json_kv_cstr(out, "lets", request_describe(a, try));
		if (request_is_asked(t->query)) {
			json_kv_cstr(out, "matches", match_word(try->match));
			if (try->why)
				json_kv_cstr(out, "why", try->why);
		}
		json_end_object(out);
	}
	json_end_array(out);
}

/* What the proxy lets pass, and what becomes of the request. */
static void
json_request(struct json *out, struct arena *a, struct source_set *set,
    const struct trace *t, const struct trace_direction *s)
{
	const struct request_result *r = &s->request;
	enum trace_verdict v = trace_direction_verdict(t, s);

	json_key(out, "request");
	json_object(out);
	json_kv_cstr(out, "verdict",
	    request_is_asked(t->query) ? verdict_word(v) : "not-asked");
	if (v == TRACE_REFUSED)
		json_kv_cstr(out, "response", trace_response(r));
	if (r->why && request_is_asked(t->query))
		json_kv_cstr(out, "why", r->why);
	json_tries(out, a, set, t, r);
	json_end_object(out);
}

static void
json_reason(struct json *out, enum drop_reason reason)
{
	json_key(out, "drop_reason");
	json_object(out);
	json_kv_u64(out, "code", reason);
	json_kv_cstr(out, "text", drop_reason_text(reason));
	json_end_object(out);
}

static void
json_judged(struct json *out, struct arena *a, struct source_set *set,
    const struct trace *t, const struct trace_direction *s)
{
	enum drop_reason reason = trace_drop_reason(s);
	struct str proxy = trace_proxy(t, s);

	json_kv_cstr(out, "verdict", direction_word(s));
	if (reason != REASON_NONE)
		json_reason(out, reason);
	if (proxy.n > 0)
		json_kv_str(out, "proxy", proxy);
	json_kv_cstr(out, "cause", cause_word(s->cause));
	json_matches(out, set, t, s);
	if (s->cause == TRACE_BY_DEFAULT_DENY) {
		json_key(out, "default_deny");
		json_object(out);
		json_rule(out, set, t, s->why.default_deny->rule);
		json_end_object(out);
	}
	if (s->result.verdict == PMAP_REDIRECTED)
		json_request(out, a, set, t, s);
}

static void
json_direction(struct json *out, struct arena *a, struct source_set *set,
    const struct trace *t, const struct trace_pair *p, enum direction dir)
{
	const struct trace_direction *s = &p->direction[dir];

	json_key(out, direction_name(dir));
	json_object(out);
	json_kv_bool(out, "judged", s->judged == TRACE_JUDGED);
	if (s->judged == TRACE_JUDGED)
		json_judged(out, a, set, t, s);
	else
		json_kv_cstr(out, "why", judged_word(s->judged));
	if (s->judged == TRACE_BROKEN)
		json_kv_cstr(out, "error", s->error);
	json_end_object(out);
}

/* The Service that was translated. */
static void
json_service(struct json *out, struct source_set *set, const struct trace *t)
{
	const struct object *o = t->to.service;
	struct place at = source_place(set, o->name_at);

	json_key(out, "service");
	json_object(out);
	json_kv_str(out, "namespace", o->ns);
	json_kv_str(out, "name", o->name);
	json_kv_cstr(out, "file", at.file);
	json_kv_u64(out, "line", at.line);
	json_kv_bool(out, "headless", !t->to.service_port);
	json_end_object(out);
	if (trace_no_backend(t))
		json_reason(out, REASON_NO_BACKEND);
}

void
trace_put_json(struct json *out, struct arena *a, struct source_set *set,
    const struct trace *t)
{
	struct trace_notes notes;

	trace_collect_notes(&notes, a, t);
	json_object(out);
	json_query(out, t);
	json_kv_cstr(out, "model", model_name(model_of(t)));
	json_kv_cstr(out, "verdict", verdict_word(t->verdict));
	if (t->to.service)
		json_service(out, set, t);
	json_key(out, "pairs");
	json_array(out);
	VEC_FOREACH (p, &t->pairs) {
		json_object(out);
		json_end(out, a, "from", set, t, &t->from, p->from);
		json_end(out, a, "to", set, t, &t->to, p->to);
		json_kv_cstr(out, "verdict", verdict_word(p->verdict));
		json_direction(out, a, set, t, p, DIR_EGRESS);
		json_direction(out, a, set, t, p, DIR_INGRESS);
		json_end_object(out);
	}
	json_end_array(out);
	json_key(out, "notes");
	json_array(out);
	VEC_FOREACH (n, &notes.v)
		json_cstr(out, *n);
	json_end_array(out);
	json_end_object(out);
}
