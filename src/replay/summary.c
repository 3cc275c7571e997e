/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that say the same are one row.
 */
#include "replay/summary.h"

#include <stdlib.h>
#include <string.h>

#include "flow/query.h"

static const char *const verdicts[] = {
    [FLOW_ALLOWED] = "allowed",
    [FLOW_UNKNOWN] = "unknown",
    [FLOW_REFUSED] = "refused",
    [FLOW_DROPPED] = "dropped",
};

const char *
summary_verdict_name(enum flow_verdict v)
{
	return verdicts[v];
}

void
summary_init(struct summary *s, struct arena *a)
{
	*s = (struct summary){.arena = a};
	map_init(&s->rows, a);
}

/* What two parts of one row have in common. */
static struct str
key_of(struct buf *b, const struct summary_row *r)
{
	buf_printf(b, STR_FMT "\n" STR_FMT "\n" STR_FMT "\n%d%d\n" STR_FMT,
	    STR_ARG(r->from), STR_ARG(r->to), STR_ARG(r->port), r->verdict,
	    r->no_backend, STR_ARG(r->why));
	for (int dir = 0; dir < 2; dir++) {
		const struct summary_side *e = &r->side[dir];

		buf_printf(b, "\n%d %u %u %u %s", e->bad, e->code, e->line,
		    e->column, e->file ? e->file : "");
	}
	return buf_as_str(b);
}

static void
add_counts(struct summary_row *to, const struct summary_row *from)
{
	for (int i = 0; i < 3; i++) {
		to->count[i].connections += from->count[i].connections;
		for (int t = 0; t <= REPLAY_THEN_DROPPED; t++)
			to->count[i].then[t] += from->count[i].then[t];
	}
	if (from->example < to->example)
		to->example = from->example;
	if (from->first.n > 0 &&
	    (to->first.n == 0 || str_compare(from->first, to->first) < 0))
		to->first = from->first;
	if (str_compare(from->last, to->last) > 0)
		to->last = from->last;
}

struct summary_row *
summary_put(struct summary *s, const struct summary_row *r)
{
	struct buf b;
	struct str key;
	void **slot;

	buf_init(&b, s->arena);
	key = key_of(&b, r);
	slot = map_put(&s->rows, key.s, key.n);
	if (*slot) {
		add_counts(*slot, r);
		return *slot;
	}
	*slot = ARENA_NEW(s->arena, struct summary_row);
	memcpy(*slot, r, sizeof(*r));
	return *slot;
}

static struct summary_side
side_of(const struct replay_side *r, struct source_set *sources)
{
	struct summary_side s = {.bad = r->bad, .code = r->code};
	struct place p;

	if (!r->bad || r->at.source == 0)
		return s;
	p = source_place(sources, r->at);
	s.file = p.file;
	s.line = p.line;
	s.column = p.col;
	return s;
}

static void
add_answers(struct summary *s, const struct map *answers,
    struct source_set *sources)
{
	for (uint32_t i = 0; i < answers->n; i++) {
		const struct replay_answer *x = answers->entry[i].value;
		struct summary_row r = {.from = x->from,
		    .to = x->to,
		    .port =
			str_of(query_print_port(s->arena, x->proto, x->port)),
		    .verdict = x->verdict,
		    .why = x->why ? str_of(x->why) : STR(""),
		    .no_backend = x->no_backend,
		    .example = s->by_line ? 0 : x->example,
		    .first = x->first,
		    .last = x->last};

		if (x->example == 0)
			continue;
		memcpy(r.count, x->count, sizeof(r.count));
		for (int dir = 0; dir < 2; dir++)
			r.side[dir] = side_of(&x->side[dir], sources);
		summary_put(s, &r);
	}
}

void
summary_add(struct summary *s, const struct replay *x,
    struct source_set *sources)
{
	s->by_line = x->by_line;
	add_answers(s, &x->answers, sources);
	add_answers(s, &x->unknown, sources);
	s->lines += x->lines;
	s->lost += x->lost;
	for (int i = 0; i < REPLAY_STATUSES; i++)
		s->status[i] += x->status[i];
}

uint64_t
summary_connections(const struct summary_row *r)
{
	uint64_t most = 0;

	for (int i = 0; i < 3; i++) {
		if (r->count[i].connections > most)
			most = r->count[i].connections;
	}
	return most;
}

static int
compare_row(const void *pa, const void *pb)
{
	const struct summary_row *a = *(const struct summary_row *const *)pa;
	const struct summary_row *b = *(const struct summary_row *const *)pb;
	uint64_t x = summary_connections(a), y = summary_connections(b);
	int c;

	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	if (x != y)
		return x > y ? -1 : 1;
	c = str_compare(a->from, b->from);
	if (c == 0)
		c = str_compare(a->to, b->to);
	return c ? c : str_compare(a->port, b->port);
}

/* Rows that are alike in this are in the order of all else that they say. */
static int
compare_entry(const void *pa, const void *pb)
{
	const struct map_entry *a = pa, *b = pb;
	const struct summary_row *x = a->value, *y = b->value;
	int c = compare_row(&x, &y);

	return c ? c
		 : str_compare((struct str){a->key, a->len},
		       (struct str){b->key, b->len});
}

/* What was recorded at an end; of both what is otherwise now. */
static enum replay_then
then_of(const struct replay_counts *c, bool bad)
{
	enum replay_then first = REPLAY_THEN_FORWARDED;
	enum replay_then second = REPLAY_THEN_DROPPED;

	if (!bad) {
		first = REPLAY_THEN_DROPPED;
		second = REPLAY_THEN_FORWARDED;
	}
	if (c->then[first] > 0)
		return first;
	return c->then[second] > 0 ? second : REPLAY_THEN_NONE;
}

/* The class over all that was recorded of a row's connections. */
static enum replay_class
class_of(const struct summary_row *r)
{
	enum replay_then all = REPLAY_THEN_NONE;

	/* The end that drops it now, if anything was recorded there. */
	for (int dir = DIR_EGRESS; dir >= DIR_INGRESS; dir--) {
		enum replay_then then = then_of(&r->count[dir], true);

		if (r->side[dir].bad && then != REPLAY_THEN_NONE)
			return replay_class_of(r->verdict, then);
	}
	for (int i = 0; i < 3; i++) {
		enum replay_then then = then_of(&r->count[i], false);

		if (then == REPLAY_THEN_DROPPED)
			all = then;
		else if (all == REPLAY_THEN_NONE)
			all = then;
	}
	return replay_class_of(r->verdict, all);
}

void
summary_sort(struct summary *s)
{
	struct map_entry *e =
	    ARENA_ARRAY(s->arena, struct map_entry, s->rows.n);

	for (uint32_t i = 0; i < s->rows.n; i++) {
		struct summary_row *r = s->rows.entry[i].value;

		r->class = class_of(r);
		e[i] = s->rows.entry[i];
	}
	if (s->rows.n > 1)
		qsort(e, s->rows.n, sizeof(*e), compare_entry);
	for (uint32_t i = 0; i < s->rows.n; i++)
		*vec_push(&s->v, s->arena) = e[i].value;
}
