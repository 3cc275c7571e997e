/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The summary of all lines, for people and as CSV.
 */
#include "report/drops.h"

#include "cilium/reason.h"
#include "report/drops_parts.h"

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
		const struct summary_side *s = r->side[dir];

		if (!s->bad)
			continue;
		buf_printf(&b, "%s %s", first ? "" : ", also",
		    direction_name((enum direction)dir));
		if (s->code != 0)
			buf_printf(&b, " %u", s->code);
		if (s->rule.file.n > 0)
			buf_printf(&b, " " STR_FMT ":%u", STR_ARG(s->rule.file),
			    s->rule.line);
		first = false;
	}
	if (r->why.n > 0)
		buf_printf(&b, ": " STR_FMT, STR_ARG(r->why));
	return b.p;
}

void
drops_put_lines(struct buf *out, const struct summary *x)
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
}

/* Records that name other policies than those that decide here. */
static void
put_disagreement(struct buf *out, const struct summary *s)
{
	if (s->disagree == 0)
		return;
	buf_printf(out,
	    "%lu record%s other policies than those that decide now",
	    s->disagree, s->disagree == 1 ? " names" : "s name");
	if (s->disagrees > 0)
		buf_printf(out, ", as line %lu", s->disagrees);
	buf_putc(out, '\n');
}

static void
put_totals(struct buf *out, const struct summary *s)
{
	drops_put_lines(out, s);
	buf_putc(out, '\n');
	put_disagreement(out, s);
	buf_printf(out,
	    "%lu new drops, %lu newly allowed, %lu the same, %lu unknown\n",
	    s->class[REPLAY_NEW_DROP], s -> class[REPLAY_NEWLY_ALLOWED],
	    s -> class[REPLAY_SAME], s -> class[REPLAY_UNKNOWN]);
}

/* The ends of R, its port and what comes before them. */
static void
put_ends(struct table *t, const struct summary_row *r)
{
	table_cell(t, "%s", replay_class_name(r->class));
	table_cell(t, "%lu", summary_connections(r));
	table_str(t, r->from->name);
	table_str(t, r->to->name);
	table_str(t, r->port);
}

static void
fill_table(struct table *t, struct arena *a, const struct summary *s,
    const struct drops_groups *g)
{
	if (g->by != DROPS_BY_CONNECTION) {
		drops_groups_fill(t, a, g);
		return;
	}
	table_init(t, a, "lrllll");
	table_words(t, "class|count|from|to|port|now");
	VEC_FOREACH (r, &s->v) {
		put_ends(t, *r);
		table_cell(t, "%s", now_text(a, *r));
	}
}

void
drops_put_text(struct buf *out, struct arena *a, const struct summary *s,
    const struct drops_groups *g)
{
	struct table t;

	fill_table(&t, a, s, g);
	table_upper_head(&t);
	if (table_rows(&t) > 1) {
		table_put(out, &t, 0);
		buf_putc(out, '\n');
	}
	put_totals(out, s);
}

void
drops_put_markdown(struct buf *out, struct arena *a, const struct summary *s,
    const struct drops_groups *g)
{
	struct table t;

	fill_table(&t, a, s, g);
	if (table_rows(&t) > 1) {
		table_put_markdown(out, &t);
		buf_putc(out, '\n');
	}
	put_totals(out, s);
}

void
drops_put_number(struct table *t, uint64_t n)
{
	if (n > 0)
		table_cell(t, "%lu", n);
	else
		table_words(t, "");
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
	drops_put_place(t, &s->rule);
}

void
drops_put_place(struct table *t, const struct summary_rule *r)
{
	if (r->file.n == 0) {
		table_words(t, "|");
		return;
	}
	table_str(t, r->file);
	table_cell(t, "%u", r->line);
}

/* Why an end does it, whose rule it is, and the one that is near. */
static void
put_reason_cells(struct table *t, const struct summary_side *s)
{
	table_str(t, s->cause);
	table_cell(t, "%s", drops_policy(t->arena, &s->rule));
	drops_put_place(t, &s->near);
	table_str(t, s->near_text);
}

/* How often each verdict was recorded, by the end that saw more. */
static uint64_t
recorded(const struct summary_row *r, enum replay_then then)
{
	uint64_t most = 0;

	for (int i = 0; i < 3; i++) {
		if (r->count[i].then[then] > most)
			most = r->count[i].then[then];
	}
	return most;
}

static void
put_csv_row(struct table *t, const struct summary_row *r)
{
	put_ends(t, r);
	table_cell(t, "%s", summary_verdict_name(r->verdict));
	put_side_cells(t, r->side[DIR_EGRESS]);
	put_side_cells(t, r->side[DIR_INGRESS]);
	table_str(t, r->no_backend ? STR("no backend") : r->why);
	drops_put_number(t, r->example);
	table_str(t, r->first);
	table_str(t, r->last);
	table_cell(t, "%lu", recorded(r, REPLAY_THEN_FORWARDED));
	table_cell(t, "%lu", recorded(r, REPLAY_THEN_DROPPED));
	drops_put_number(t, summary_bytes(r));
	drops_put_number(t, r->lists[REPLAY_LISTS_DISAGREE]);
	put_reason_cells(t, r->side[DIR_EGRESS]);
	put_reason_cells(t, r->side[DIR_INGRESS]);
}

#define CSV_COLUMNS "lrllllrlrrlrlrllrrrrlllrllllrl"

/* A row at a time: there may be millions. */
static void
put_csv(struct buf *out, const struct summary *s)
{
	struct arena scratch = {0};
	struct table t;

	table_init(&t, &scratch, CSV_COLUMNS);
	table_words(&t,
	    "class|connections|from|to|port|verdict|"
	    "egress|egress_file|egress_line|"
	    "ingress|ingress_file|ingress_line|"
	    "why|example|first|last|"
	    "recorded_forwarded|recorded_dropped|bytes|disagree|"
	    "egress_cause|egress_policy|"
	    "egress_near_file|egress_near_line|egress_near|"
	    "ingress_cause|ingress_policy|"
	    "ingress_near_file|ingress_near_line|ingress_near");
	table_put_csv(out, &t);
	VEC_FOREACH (r, &s->v) {
		arena_reset(&scratch);
		table_init(&t, &scratch, CSV_COLUMNS);
		put_csv_row(&t, *r);
		table_put_csv(out, &t);
	}
	arena_free(&scratch);
}

void
drops_put_csv(struct buf *out, struct arena *a, const struct summary *s,
    const struct drops_groups *g)
{
	struct table t;

	if (g->by == DROPS_BY_CONNECTION) {
		put_csv(out, s);
		return;
	}
	drops_groups_fill_csv(&t, a, g);
	table_put_csv(out, &t);
}
