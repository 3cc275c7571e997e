/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line as it is judged, and the summary of all.
 */
#include "report/drops.h"

#include "cilium/reason.h"
#include "report/table.h"

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
		const struct replay_side *s = &a->side[dir];

		if (!s->bad)
			continue;
		json_key(out, direction_name((enum direction)dir));
		json_object(out);
		if (s->code != 0)
			json_kv_u64(out, "code", s->code);
		put_place(out, sources, s->at);
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

/* "dropped egress 133 policies.yaml:14, also ingress 181" */
static const char *
now_text(struct arena *a, const struct summary_row *r)
{
	struct buf b;
	bool first = true;

	buf_init(&b, a);
	buf_puts(&b, summary_verdict_name(r->verdict));
	if (r->no_backend)
		buf_printf(&b, " %d, no backend", REASON_NO_BACKEND);
	for (int dir = DIR_EGRESS; dir >= DIR_INGRESS; dir--) {
		const struct summary_side *s = &r->side[dir];

		if (!s->bad)
			continue;
		buf_printf(&b, "%s %s", first ? "" : ", also",
		    direction_name((enum direction)dir));
		if (s->code != 0)
			buf_printf(&b, " %u", s->code);
		if (s->file)
			buf_printf(&b, " %s:%u", s->file, s->line);
		first = false;
	}
	if (r->why.n > 0)
		buf_printf(&b, ": " STR_FMT, STR_ARG(r->why));
	return b.p;
}

static void
put_summary(struct buf *out, const struct summary *x)
{
	buf_printf(out,
	    "%lu line%s: %lu judged, %lu replies and established, %lu "
	    "duplicates, %lu others",
	    x->lines, x->lines == 1 ? "" : "s", x->status[REPLAY_JUDGED],
	    x->status[REPLAY_REPLY] + x->status[REPLAY_ESTABLISHED],
	    x->status[REPLAY_DUPLICATE],
	    x->status[REPLAY_NOT_A_FLOW] + x->status[REPLAY_BLANK]);
	if (x->status[REPLAY_MALFORMED] > 0)
		buf_printf(out, ", %lu malformed", x->status[REPLAY_MALFORMED]);
	if (x->lost > 0)
		buf_printf(out, "; %lu events were lost", x->lost);
	buf_puts(out, "\n");
}

static void
put_totals(struct buf *out, const struct summary *s)
{
	uint64_t of[REPLAY_CLASSES] = {0};

	VEC_FOREACH (r, &s->v)
		of[(*r)->class] += summary_connections(*r);
	put_summary(out, s);
	buf_printf(out,
	    "%lu new drops, %lu newly allowed, %lu the same, %lu unknown\n",
	    of[REPLAY_NEW_DROP], of[REPLAY_NEWLY_ALLOWED], of[REPLAY_SAME],
	    of[REPLAY_UNKNOWN]);
}

static bool
is_shown(const struct summary_row *r, bool only_new)
{
	return !only_new || r->class == REPLAY_NEW_DROP;
}

/* The ends of R, its port and what comes before them. */
static void
put_ends(struct table *t, const struct summary_row *r)
{
	table_cell(t, "%s", replay_class_name(r->class));
	table_cell(t, "%lu", summary_connections(r));
	table_str(t, r->from);
	table_str(t, r->to);
	table_str(t, r->port);
}

static void
fill_table(struct table *t, struct arena *a, const struct summary *s,
    const char *head, bool only_new)
{
	table_init(t, a, "lrllll");
	table_words(t, head);
	VEC_FOREACH (r, &s->v) {
		if (!is_shown(*r, only_new))
			continue;
		put_ends(t, *r);
		table_cell(t, "%s", now_text(a, *r));
	}
}

void
drops_put_text(struct buf *out, struct arena *a, const struct summary *s,
    bool only_new)
{
	struct table t;

	fill_table(&t, a, s, "CLASS|COUNT|FROM|TO|PORT|NOW", only_new);
	if (table_rows(&t) > 1) {
		table_put(out, &t, 0);
		buf_putc(out, '\n');
	}
	put_totals(out, s);
}

void
drops_put_markdown(struct buf *out, struct arena *a, const struct summary *s,
    bool only_new)
{
	struct table t;

	fill_table(&t, a, s, "class|count|from|to|port|now", only_new);
	if (table_rows(&t) > 1) {
		table_put_markdown(out, &t);
		buf_putc(out, '\n');
	}
	put_totals(out, s);
}

/* What an end does, and the place of the rule, in three cells. */
static void
put_side_cells(struct table *t, const struct summary_side *s)
{
	if (!s->bad)
		table_words(t, "");
	else if (s->code != 0)
		table_cell(t, "%u", s->code);
	else
		table_words(t, "refused");
	if (s->bad && s->file) {
		table_cell(t, "%s", s->file);
		table_cell(t, "%u", s->line);
	} else {
		table_words(t, "|");
	}
}

void
drops_put_csv(struct buf *out, struct arena *a, const struct summary *s,
    bool only_new)
{
	struct table t;

	table_init(&t, a, "lrllllrlrrlrlrll");
	table_words(&t,
	    "class|connections|from|to|port|verdict|"
	    "egress|egress_file|egress_line|"
	    "ingress|ingress_file|ingress_line|"
	    "why|example|first|last");
	VEC_FOREACH (p, &s->v) {
		const struct summary_row *r = *p;

		if (!is_shown(r, only_new))
			continue;
		put_ends(&t, r);
		table_cell(&t, "%s", summary_verdict_name(r->verdict));
		put_side_cells(&t, &r->side[DIR_EGRESS]);
		put_side_cells(&t, &r->side[DIR_INGRESS]);
		table_str(&t, r->no_backend ? STR("no backend") : r->why);
		if (r->example > 0)
			table_cell(&t, "%lu", r->example);
		else
			table_words(&t, "");
		table_str(&t, r->first);
		table_str(&t, r->last);
	}
	table_put_csv(out, &t);
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
	json_end_object(out);
}

static void
put_side(struct json *out, enum direction dir, const struct summary_side *s)
{
	if (!s->bad)
		return;
	json_key(out, direction_name(dir));
	json_object(out);
	if (s->code != 0)
		json_kv_u64(out, "code", s->code);
	if (s->file) {
		json_kv_cstr(out, "file", s->file);
		json_kv_u64(out, "line", s->line);
		json_kv_u64(out, "column", s->column);
	}
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

		if (c->then[0] + c->then[1] + c->then[2] > 0)
			put_counts(out, ends[i], c);
	}
	json_end_object(out);
}

static void
put_row(struct json *out, const struct summary_row *r)
{
	json_object_line(out);
	json_kv_str(out, "from", r->from);
	json_kv_str(out, "to", r->to);
	json_kv_str(out, "port", r->port);
	json_kv_cstr(out, "verdict", summary_verdict_name(r->verdict));
	if (r->no_backend)
		json_kv_u64(out, "code", REASON_NO_BACKEND);
	put_side(out, DIR_EGRESS, &r->side[DIR_EGRESS]);
	put_side(out, DIR_INGRESS, &r->side[DIR_INGRESS]);
	if (r->why.n > 0)
		json_kv_str(out, "why", r->why);
	json_kv_cstr(out, "class", replay_class_name(r->class));
	json_kv_u64(out, "connections", summary_connections(r));
	put_recorded(out, r);
	json_kv_u64(out, "example", r->example);
	if (r->first.n > 0) {
		json_kv_str(out, "first", r->first);
		json_kv_str(out, "last", r->last);
	}
	json_end_object(out);
}

void
drops_put_json(struct json *out, const struct summary *s, bool only_new)
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
	VEC_FOREACH (r, &s->v) {
		if (is_shown(*r, only_new))
			put_row(out, *r);
	}
	json_end_array(out);
	json_end_object(out);
}

void
drops_put_jsonl(struct buf *out, const struct summary *s, bool only_new)
{
	VEC_FOREACH (r, &s->v) {
		struct json json;

		if (!is_shown(*r, only_new))
			continue;
		json_init(&json, out, false);
		put_row(&json, *r);
		buf_putc(out, '\n');
	}
}
