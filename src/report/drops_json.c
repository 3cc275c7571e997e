/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line as it is judged, and the summary of all, as JSON.
 */
#include "cilium/reason.h"
#include "report/drops.h"
#include "report/drops_parts.h"

static void
put_place(struct json *out, struct source_set *sources, struct span at)
{
	struct place p;

	if (at.source == 0)
		return;
	p = source_place(sources, at);
	json_kv_cstr(out, "file", p.file);
	json_kv_u64(out, "line", p.line);
	json_kv_u64(out, "column", p.col);
}

static void
put_sides(struct json *out, struct source_set *sources,
    const struct replay_answer *a)
{
	for (int dir = DIR_EGRESS; dir >= DIR_INGRESS; dir--) {
		const struct replay_side *s = a->side[dir];

		if (!s->bad)
			continue;
		json_key(out, direction_name((enum direction)dir));
		json_object(out);
		if (s->code != 0)
			json_kv_u64(out, "code", s->code);
		if (s->asked && s->rule)
			put_place(out, sources, s->rule->at);
		json_end_object(out);
	}
}

static void
put_judged(struct json *out, struct source_set *sources,
    const struct replay_result *r)
{
	const struct replay_answer *a = r->answer;

	json_kv_cstr(out, "verdict", summary_verdict_name(a->verdict));
	if (a->no_backend)
		json_kv_u64(out, "code", REASON_NO_BACKEND);
	put_sides(out, sources, a);
	if (a->why)
		json_kv_cstr(out, "why", a->why);
	json_kv_cstr(out, "then", replay_then_name(r->then));
	json_kv_cstr(out, "class", replay_class_name(r->class));
	if (r->counted)
		json_kv_u64(out, "count", r->records);
	if (r->lists != REPLAY_LISTS_NONE)
		json_kv_cstr(out, "lists",
		    r->lists == REPLAY_LISTS_AGREE ? "agree" : "disagree");
}

void
drops_put_line(struct json *out, struct source_set *sources,
    const struct replay_result *r, uint64_t number)
{
	json_object(out);
	json_kv_u64(out, "line", number);
	json_kv_cstr(out, "status", replay_status_name(r->status));
	if (r->status == REPLAY_JUDGED)
		put_judged(out, sources, r);
	if (r->status == REPLAY_LOST)
		json_kv_u64(out, "lost", r->lost);
	if (r->aggregated)
		json_kv_u64(out, "records", r->records);
	json_end_object(out);
}

static void
put_counts(struct json *out, const char *name, const struct replay_counts *c)
{
	json_key(out, name);
	json_object(out);
	json_kv_u64(out, "connections", c->connections);
	for (int t = 0; t <= REPLAY_THEN_DROPPED; t++) {
		if (c->then[t] > 0)
			json_kv_u64(out, replay_then_name((enum replay_then)t),
			    c->then[t]);
	}
	if (c->bytes > 0)
		json_kv_u64(out, "bytes", c->bytes);
	json_end_object(out);
}

static void
put_rule(struct json *out, const struct summary_rule *r)
{
	if (r->kind.n > 0) {
		json_kv_str(out, "kind", r->kind);
		json_kv_str(out, "namespace", r->ns);
		json_kv_str(out, "name", r->name);
	}
	if (r->file.n > 0) {
		json_kv_str(out, "file", r->file);
		json_kv_u64(out, "line", r->line);
		json_kv_u64(out, "column", r->column);
	}
}

void
drops_put_near(struct json *out, const struct summary_side *s)
{
	json_key(out, "near_miss");
	json_object(out);
	put_rule(out, &s->near);
	json_kv_str(out, "condition", s->near_condition);
	json_kv_str(out, "text", s->near_text);
	json_end_object(out);
}

void
drops_put_side(struct json *out, enum direction dir,
    const struct summary_side *s)
{
	if (!s->bad)
		return;
	json_key(out, direction_name(dir));
	json_object(out);
	if (s->code != 0)
		json_kv_u64(out, "code", s->code);
	if (s->cause.n > 0)
		json_kv_str(out, "cause", s->cause);
	put_rule(out, &s->rule);
	if (s->near_text.n > 0)
		drops_put_near(out, s);
	json_end_object(out);
}

static void
put_recorded(struct json *out, const struct summary_row *r)
{
	static const char *const ends[] = {[DIR_INGRESS] = "ingress",
	    [DIR_EGRESS] = "egress",
	    SUMMARY_UNSAID};

	json_key(out, "recorded");
	json_object(out);
	for (int i = 0; i < 3; i++) {
		const struct replay_counts *c = &r->count[i];

		if (c->connections > 0 || c->bytes > 0 || c->then[0] > 0 ||
		    c->then[1] > 0 || c->then[2] > 0)
			put_counts(out, ends[i], c);
	}
	json_end_object(out);
}

static void
put_who(struct json *out, const char *const keys[3], const struct replay_who *w)
{
	json_kv_str(out, keys[0], w->name);
	json_kv_str(out, keys[1], w->ns);
	json_kv_str(out, keys[2], w->workload);
}

/* Whether the policies that the records name are those that decide now. */
static void
put_lists(struct json *out, const struct summary_row *r)
{
	uint64_t agree = r->lists[REPLAY_LISTS_AGREE];
	uint64_t disagree = r->lists[REPLAY_LISTS_DISAGREE];

	if (agree == 0 && disagree == 0)
		return;
	json_key(out, "lists");
	json_object(out);
	json_kv_u64(out, "agree", agree);
	json_kv_u64(out, "disagree", disagree);
	if (r->disagrees > 0)
		json_kv_u64(out, "example", r->disagrees);
	json_end_object(out);
}

static void
put_row(struct json *out, const struct summary_row *r)
{
	static const char *const from[] = {"from", "from_namespace",
	    "from_workload"};
	static const char *const to[] = {"to", "to_namespace", "to_workload"};

	json_object_line(out);
	put_who(out, from, r->from);
	put_who(out, to, r->to);
	json_kv_str(out, "port", r->port);
	json_kv_cstr(out, "verdict", summary_verdict_name(r->verdict));
	if (r->no_backend)
		json_kv_u64(out, "code", REASON_NO_BACKEND);
	drops_put_side(out, DIR_EGRESS, r->side[DIR_EGRESS]);
	drops_put_side(out, DIR_INGRESS, r->side[DIR_INGRESS]);
	if (r->why.n > 0)
		json_kv_str(out, "why", r->why);
	json_kv_cstr(out, "class", replay_class_name(r->class));
	json_kv_u64(out, "connections", summary_connections(r));
	put_recorded(out, r);
	put_lists(out, r);
	json_kv_u64(out, "example", r->example);
	if (r->first.n > 0) {
		json_kv_str(out, "first", r->first);
		json_kv_str(out, "last", r->last);
	}
	json_end_object(out);
}

static void
put_groups(struct json *out, const struct drops_groups *g)
{
	json_key(out, "groups");
	json_array(out);
	VEC_FOREACH (x, &g->v)
		drops_groups_put_json(out, g, x);
	json_end_array(out);
}

void
drops_put_json(struct json *out, const struct summary *s,
    const struct drops_groups *g)
{
	json_document(out, "cnpc-drops", SUMMARY_VERSION);
	if (s->by_line)
		json_kv_bool(out, "partial", true);
	json_key(out, "lines");
	json_object(out);
	json_kv_u64(out, "all", s->lines);
	for (int i = 0; i < REPLAY_STATUSES; i++)
		json_kv_u64(out, replay_status_name((enum replay_status)i),
		    s->status[i]);
	json_end_object(out);
	json_kv_u64(out, "lost_events", s->lost);
	json_key(out, "connections");
	json_array(out);
	VEC_FOREACH (r, &s->v)
		put_row(out, *r);
	json_end_array(out);
	if (g->by != DROPS_BY_CONNECTION)
		put_groups(out, g);
	json_end_object(out);
}

void
drops_put_jsonl(struct buf *out, const struct summary *s,
    const struct drops_groups *g)
{
	struct json json;

	VEC_FOREACH (x, &g->v) {
		json_init(&json, out, false);
		drops_groups_put_json(&json, g, x);
		buf_putc(out, '\n');
	}
	if (g->by != DROPS_BY_CONNECTION)
		return;
	VEC_FOREACH (r, &s->v) {
		json_init(&json, out, false);
		put_row(&json, *r);
		buf_putc(out, '\n');
	}
}
