/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that say the same are one row.
 */
#include "replay/summary.h"

#include <stdlib.h>
#include <string.h>

#include "flow/near_text.h"
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
	buf_init(&s->key, a);
}

static void
put_who(struct buf *b, const struct replay_who *w)
{
	buf_printf(b, STR_FMT "\n" STR_FMT "\n" STR_FMT "\n", STR_ARG(w->name),
	    STR_ARG(w->ns), STR_ARG(w->workload));
}

static void
put_rule(struct buf *b, const struct summary_rule *r)
{
	buf_printf(b, "\n" STR_FMT " " STR_FMT " " STR_FMT "\n%u %u " STR_FMT,
	    STR_ARG(r->kind), STR_ARG(r->ns), STR_ARG(r->name), r->line,
	    r->column, STR_ARG(r->file));
}

/* What two parts of one row have in common. */
static struct str
key_of(struct buf *b, const struct summary_row *r)
{
	put_who(b, &r->from);
	put_who(b, &r->to);
	buf_printf(b, STR_FMT "\n%d%d\n" STR_FMT, STR_ARG(r->port), r->verdict,
	    r->no_backend, STR_ARG(r->why));
	for (int dir = 0; dir < 2; dir++) {
		const struct summary_side *e = &r->side[dir];

		buf_printf(b, "\n%d %u " STR_FMT "\n" STR_FMT, e->bad, e->code,
		    STR_ARG(e->cause), STR_ARG(e->near_text));
		put_rule(b, &e->rule);
		put_rule(b, &e->near);
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
		to->count[i].bytes += from->count[i].bytes;
	}
	for (int i = 0; i <= REPLAY_LISTS_DISAGREE; i++)
		to->lists[i] += from->lists[i];
	if (from->disagrees > 0 &&
	    (to->disagrees == 0 || from->disagrees < to->disagrees))
		to->disagrees = from->disagrees;
	if (from->example < to->example) {
		to->example = from->example;
		to->text = from->text;
	}
	if (from->first.n > 0 &&
	    (to->first.n == 0 || str_compare(from->first, to->first) < 0))
		to->first = from->first;
	if (str_compare(from->last, to->last) > 0)
		to->last = from->last;
}

struct summary_row *
summary_put(struct summary *s, const struct summary_row *r)
{
	struct str key;
	void **slot;

	s->key.n = 0;
	key = key_of(&s->key, r);
	slot = map_put(&s->rows, key.s, key.n);
	if (*slot) {
		add_counts(*slot, r);
		return *slot;
	}
	*slot = ARENA_NEW(s->arena, struct summary_row);
	memcpy(*slot, r, sizeof(*r));
	return *slot;
}

static struct summary_rule
rule_of(const struct ir_rule *r, struct span at, struct source_set *sources)
{
	const struct object *o = r->policy ? r->policy->object : NULL;
	struct place p = source_place(sources, at);

	return (struct summary_rule){o ? str_of(o->kind_name) : STR(""),
	    o ? o->ns : STR(""), o ? o->name : STR(""),
	    p.file ? str_of(p.file) : STR(""), p.line, p.col, at};
}

static struct summary_side
side_of(struct arena *a, const struct replay_side *r, const struct world *w,
    struct source_set *sources)
{
	struct summary_side s = {.bad = r->bad, .code = r->code};

	if (!r->bad || !r->asked)
		return s;
	s.cause = str_of(explain_cause_name(r->cause));
	if (r->rule)
		s.rule = rule_of(r->rule, r->rule->at, sources);
	if (r->near.condition == NEAR_NONE)
		return s;
	s.near = rule_of(r->near.rule, near_at(&r->near), sources);
	s.near_condition = str_of(near_condition_name(r->near.condition));
	s.near_text = str_of(near_text(a, w, &r->near));
	return s;
}

static void
add_answers(struct summary *s, const struct map *answers, const struct world *w,
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
		    .disagrees = s->by_line ? 0 : x->disagrees,
		    .first = x->first,
		    .last = x->last,
		    .text = x->text};

		if (x->example == 0)
			continue;
		memcpy(r.count, x->count, sizeof(r.count));
		memcpy(r.lists, x->lists, sizeof(r.lists));
		for (int dir = 0; dir < 2; dir++)
			r.side[dir] =
			    side_of(s->arena, &x->side[dir], w, sources);
		summary_put(s, &r);
	}
}

void
summary_add(struct summary *s, const struct replay *x,
    struct source_set *sources)
{
	s->by_line = x->by_line;
	for (int i = 0; i < SHARED_MAP_PARTS; i++)
		add_answers(s, &x->answers.part[i].map, x->pmaps->world,
		    sources);
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

uint64_t
summary_bytes(const struct summary_row *r)
{
	uint64_t most = 0;

	for (int i = 0; i < 3; i++) {
		if (r->count[i].bytes > most)
			most = r->count[i].bytes;
	}
	return most;
}

bool
summary_is_bad(const struct summary_row *r)
{
	return r->verdict == FLOW_DROPPED || r->verdict == FLOW_REFUSED;
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
	c = str_compare(a->from.name, b->from.name);
	if (c == 0)
		c = str_compare(a->to.name, b->to.name);
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

/* The next row in order. */
static void
add_row(struct summary *s, const struct summary_row *r)
{
	*vec_push(&s->v, s->arena) = r;
	s->class[r->class] += summary_connections(r);
	s->disagree += r->lists[REPLAY_LISTS_DISAGREE];
	if (r->disagrees > 0 &&
	    (s->disagrees == 0 || r->disagrees < s->disagrees))
		s->disagrees = r->disagrees;
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
		add_row(s, e[i].value);
}

void
summary_keep_new(struct summary *s)
{
	while (s->v.n > 0 && s->v.v[s->v.n - 1]->class != REPLAY_NEW_DROP)
		s->v.n--;
}
