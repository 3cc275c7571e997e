/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that say the same are one row: the same ends, port, rules and class.
 */
#include "report/drops.h"

#include <stdlib.h>

#include "cilium/reason.h"
#include "flow/query.h"
#include "report/table.h"

static const char *const verdicts[] = {
    [FLOW_ALLOWED] = "allowed",
    [FLOW_UNKNOWN] = "unknown",
    [FLOW_REFUSED] = "refused",
    [FLOW_DROPPED] = "dropped",
};

/* Answers of one row. */
struct row {
	const struct replay_answer *answer; /* the first */
	struct replay_answer sum;
	enum replay_class class;
};

typedef VEC(struct row) row_vec;

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

	json_kv_cstr(out, "verdict", verdicts[a->verdict]);
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
add_counts(struct replay_answer *to, const struct replay_answer *from)
{
	for (int i = 0; i < 3; i++) {
		to->count[i].connections += from->count[i].connections;
		for (int t = 0; t <= REPLAY_THEN_DROPPED; t++)
			to->count[i].then[t] += from->count[i].then[t];
	}
	to->records += from->records;
	if (from->example < to->example)
		to->example = from->example;
	if (from->first.n > 0 &&
	    (to->first.n == 0 || str_compare(from->first, to->first) < 0))
		to->first = from->first;
	if (str_compare(from->last, to->last) > 0)
		to->last = from->last;
}

/* The text that two answers of one row have in common. */
static const char *
key_of(struct arena *a, const struct replay_answer *x)
{
	return arena_printf(a,
	    STR_FMT "\n" STR_FMT "\n%u %u %d %u:%u %u:%u %u %u\n%s",
	    STR_ARG(x->from), STR_ARG(x->to), x->proto, x->port, x->verdict,
	    x->side[0].at.source, x->side[0].at.start, x->side[1].at.source,
	    x->side[1].at.start, x->side[0].code, x->side[1].code,
	    x->why ? x->why : "");
}

static void
add_rows(row_vec *rows, struct map *known, struct arena *a,
    const struct map *answers)
{
	for (uint32_t i = 0; i < answers->n; i++) {
		const struct replay_answer *x = answers->entry[i].value;
		const char *key = key_of(a, x);
		void **slot;

		if (x->example == 0)
			continue;
		slot = map_put(known, key, strlen(key));
		if (*slot) {
			add_counts(&rows->v[(uintptr_t)*slot - 1].sum, x);
			continue;
		}
		*vec_push(rows, a) = (struct row){.answer = x, .sum = *x};
		*slot = (void *)(uintptr_t)rows->n;
	}
}

static int
compare_row(const void *pa, const void *pb)
{
	const struct row *a = pa, *b = pb;
	uint64_t x = replay_connections(&a->sum);
	uint64_t y = replay_connections(&b->sum);
	int c;

	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	if (x != y)
		return x > y ? -1 : 1;
	c = str_compare(a->sum.from, b->sum.from);
	if (c == 0)
		c = str_compare(a->sum.to, b->sum.to);
	if (c == 0)
		c = a->sum.proto - b->sum.proto;
	if (c == 0)
		c = a->sum.port - b->sum.port;
	return c ? c
		 : (a->sum.example > b->sum.example) -
		(a->sum.example < b->sum.example);
}

static row_vec
rows_of(struct arena *a, const struct replay *x)
{
	row_vec rows = {0};
	struct map known;

	map_init(&known, a);
	add_rows(&rows, &known, a, &x->answers);
	add_rows(&rows, &known, a, &x->unknown);
	VEC_FOREACH (r, &rows)
		r->class = replay_class_of_all(&r->sum);
	if (rows.n > 1)
		qsort(rows.v, rows.n, sizeof(*rows.v), compare_row);
	return rows;
}

/* "dropped 133 at policies.yaml:14:3 (egress)" */
static const char *
now_text(struct arena *a, struct source_set *sources,
    const struct replay_answer *x)
{
	struct buf b;
	bool first = true;

	buf_init(&b, a);
	buf_puts(&b, verdicts[x->verdict]);
	if (x->no_backend)
		buf_printf(&b, " %d, no backend", REASON_NO_BACKEND);
	for (int dir = DIR_EGRESS; dir >= DIR_INGRESS; dir--) {
		const struct replay_side *s = &x->side[dir];
		struct place p;

		if (!s->bad)
			continue;
		buf_printf(&b, "%s %s", first ? "" : ", also",
		    direction_name((enum direction)dir));
		if (s->code != 0)
			buf_printf(&b, " %u", s->code);
		if (s->at.source != 0) {
			p = source_place(sources, s->at);
			buf_printf(&b, " %s:%u", p.file, p.line);
		}
		first = false;
	}
	if (x->why)
		buf_printf(&b, ": %s", x->why);
	return b.p;
}

static void
put_summary(struct buf *out, const struct replay *x)
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

void
drops_put_text(struct buf *out, struct arena *a, struct source_set *sources,
    const struct replay *x, bool only_new)
{
	row_vec rows = rows_of(a, x);
	uint64_t of[REPLAY_CLASSES] = {0};
	struct table t;

	table_init(&t, a, "lrllll");
	table_words(&t, "CLASS|COUNT|FROM|TO|PORT|NOW");
	VEC_FOREACH (r, &rows) {
		of[r->class] += replay_connections(&r->sum);
		if (only_new && r->class != REPLAY_NEW_DROP)
			continue;
		table_cell(&t, "%s", replay_class_name(r->class));
		table_cell(&t, "%lu", replay_connections(&r->sum));
		table_str(&t, r->sum.from);
		table_str(&t, r->sum.to);
		table_cell(&t, "%s",
		    query_print_port(a, r->sum.proto, r->sum.port));
		table_cell(&t, "%s", now_text(a, sources, &r->sum));
	}
	if (table_rows(&t) > 1) {
		table_put(out, &t, 0);
		buf_putc(out, '\n');
	}
	put_summary(out, x);
	buf_printf(out,
	    "%lu new drops, %lu newly allowed, %lu the same, %lu unknown\n",
	    of[REPLAY_NEW_DROP], of[REPLAY_NEWLY_ALLOWED], of[REPLAY_SAME],
	    of[REPLAY_UNKNOWN]);
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
put_row(struct json *out, struct arena *a, struct source_set *sources,
    const struct row *r)
{
	static const char *const ends[] = {"ingress", "egress", "unsaid"};
	const struct replay_answer *s = &r->sum;

	json_object_line(out);
	json_kv_str(out, "from", s->from);
	json_kv_str(out, "to", s->to);
	json_kv_cstr(out, "port", query_print_port(a, s->proto, s->port));
	json_kv_cstr(out, "verdict", verdicts[s->verdict]);
	put_sides(out, sources, s);
	if (s->why)
		json_kv_cstr(out, "why", s->why);
	json_kv_cstr(out, "class", replay_class_name(r->class));
	json_kv_u64(out, "connections", replay_connections(s));
	json_key(out, "recorded");
	json_object(out);
	for (int i = 0; i < 3; i++) {
		const struct replay_counts *c = &s->count[i];

		if (c->then[0] + c->then[1] + c->then[2] > 0)
			put_counts(out, ends[i], c);
	}
	json_end_object(out);
	json_kv_u64(out, "example", s->example);
	if (s->first.n > 0) {
		json_kv_str(out, "first", s->first);
		json_kv_str(out, "last", s->last);
	}
	json_end_object(out);
}

void
drops_put_json(struct json *out, struct arena *a, struct source_set *sources,
    const struct replay *x, bool only_new)
{
	row_vec rows = rows_of(a, x);

	json_document(out, "cnpc-drops", 1);
	json_key(out, "lines");
	json_object(out);
	json_kv_u64(out, "all", x->lines);
	for (int s = 0; s < REPLAY_STATUSES; s++)
		json_kv_u64(out, replay_status_name((enum replay_status)s),
		    x->status[s]);
	json_end_object(out);
	json_kv_u64(out, "lost_events", x->lost);
	json_key(out, "connections");
	json_array(out);
	VEC_FOREACH (r, &rows) {
		if (!only_new || r->class == REPLAY_NEW_DROP)
			put_row(out, a, sources, r);
	}
	json_end_array(out);
	json_end_object(out);
}
