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
	map_init(&s->texts, a);
	map_init(&s->sides, a);
	map_init(&s->whos, a);
	buf_init(&s->key, a);
}

static void
put_rule(struct buf *b, const struct summary_rule *r)
{
	buf_printf(b, "\n" STR_FMT " " STR_FMT " " STR_FMT "\n%u %u " STR_FMT,
	    STR_ARG(r->kind), STR_ARG(r->ns), STR_ARG(r->name), r->line,
	    r->column, STR_ARG(r->file));
}

/* What is kept once, with its number. */
struct kept {
	uint32_t number;
	union {
		struct str text;
		struct replay_who who;
		struct summary_side side;
	};
};

/* What M has under KEY; a new one, *RET_NEW, is to be filled. */
static struct kept *
keep(struct summary *s, struct map *m, struct str key, bool *ret_new)
{
	void **slot = map_put(m, key.s, key.n);
	struct kept *kept = *slot;

	*ret_new = !kept;
	if (!kept) {
		*slot = kept = ARENA_NEW(s->arena, struct kept);
		kept->number = m->n;
	}
	return kept;
}

static const struct kept *
keep_text(struct summary *s, struct str text)
{
	bool new;
	struct kept *kept = keep(s, &s->texts, text, &new);

	if (new)
		kept->text =
		    (struct str){arena_dup(s->arena, text.s, text.n), text.n};
	return kept;
}

static const struct kept *
keep_who(struct summary *s, const struct replay_who *w)
{
	struct buf *key = &s->key;
	struct kept *kept;
	bool new;

	key->n = 0;
	buf_printf(key, STR_FMT "\n" STR_FMT "\n" STR_FMT, STR_ARG(w->name),
	    STR_ARG(w->ns), STR_ARG(w->workload));
	kept = keep(s, &s->whos, buf_as_str(key), &new);
	if (new)
		kept->who = *w;
	return kept;
}

static const struct kept *
keep_side(struct summary *s, const struct summary_side *e)
{
	struct buf *key = &s->key;
	struct kept *kept;
	bool new;

	key->n = 0;
	buf_printf(key, "%d %u " STR_FMT "\n" STR_FMT, e->bad, e->code,
	    STR_ARG(e->cause), STR_ARG(e->near_text));
	put_rule(key, &e->rule);
	put_rule(key, &e->near);
	kept = keep(s, &s->sides, buf_as_str(key), &new);
	if (new) {
		kept->side = *e;
		kept->side.all =
		    (struct str){arena_dup(s->arena, key->p, key->n), key->n};
	}
	return kept;
}

/* What two parts of one row have in common: numbers of what is kept. */
struct row_key {
	uint32_t from, to, port, why, side[2];
	uint32_t verdict, no_backend;
};

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

void
summary_put(struct summary *s, const struct summary_row *from)
{
	const struct kept *who[2] = {keep_who(s, from->from),
	    keep_who(s, from->to)};
	const struct kept *side[2] = {keep_side(s, from->side[0]),
	    keep_side(s, from->side[1])};
	const struct kept *port = keep_text(s, from->port);
	const struct kept *why = keep_text(s, from->why);
	const struct row_key key = {who[0]->number, who[1]->number,
	    port->number, why->number, {side[0]->number, side[1]->number},
	    from->verdict, from->no_backend};
	struct summary_row *r;
	void **slot = map_put(&s->rows, &key, sizeof(key));

	if (*slot) {
		add_counts(*slot, from);
		return;
	}
	*slot = r = ARENA_NEW(s->arena, struct summary_row);
	*r = *from;
	r->from = &who[0]->who;
	r->to = &who[1]->who;
	r->port = port->text;
	r->why = why->text;
	r->side[0] = &side[0]->side;
	r->side[1] = &side[1]->side;
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

/* What is of an answer, in a place that is looked at but once. */
struct adding {
	struct summary *s;
	const struct world *world;
	struct source_set *sources;
	struct map sides; /* replay_side * -> struct summary_side * */
	struct arena scratch;
};

/* A side is told once. */
static const struct summary_side *
told_side(struct adding *x, const struct replay_side *r)
{
	void **slot = map_put(&x->sides, &r, sizeof(r));
	struct summary_side *side = *slot;

	if (!side) {
		*slot = side = ARENA_NEW(x->s->arena, struct summary_side);
		*side = side_of(x->s->arena, r, x->world, x->sources);
	}
	return side;
}

static void
add_answer(struct adding *x, const struct replay_answer *a)
{
	bool by_line = x->s->by_line;
	struct summary_row r = {.from = a->from,
	    .to = a->to,
	    .port = str_of(query_print_port(&x->scratch, a->proto, a->port)),
	    .verdict = a->verdict,
	    .why = a->why ? str_of(a->why) : STR(""),
	    .no_backend = a->no_backend,
	    .example = by_line ? 0 : a->example,
	    .disagrees = by_line ? 0 : a->disagrees,
	    .first = a->first.text,
	    .last = a->last.text};

	if (a->more)
		r.text = a->more->text;
	memcpy(r.count, a->count, sizeof(r.count));
	memcpy(r.lists, a->lists, sizeof(r.lists));
	for (int dir = 0; dir < 2; dir++)
		r.side[dir] = told_side(x, a->side[dir]);
	summary_put(x->s, &r);
	arena_reset(&x->scratch);
}

void
summary_add(struct summary *s, struct replay *x, struct source_set *sources)
{
	struct adding adding = {.s = s,
	    .world = x->pmaps->world,
	    .sources = sources};

	map_init(&adding.sides, s->arena);
	s->by_line = x->by_line;
	for (int i = 0; i < SHARED_MAP_PARTS; i++) {
		struct map *answers = &x->answers.part[i].map;

		for (uint32_t k = 0; k < answers->n; k++) {
			const struct replay_answer *a = answers->entry[k].value;

			if (a->example > 0)
				add_answer(&adding, a);
		}
		/* Keys of millions would take a fifth of all memory. */
		map_init(answers, answers->arena);
		arena_free(answers->arena);
	}
	s->lines += x->lines;
	s->lost += x->lost;
	for (int i = 0; i < REPLAY_STATUSES; i++)
		s->status[i] += x->status[i];
	arena_free(&adding.scratch);
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
	c = str_compare(a->from->name, b->from->name);
	if (c == 0)
		c = str_compare(a->to->name, b->to->name);
	return c ? c : str_compare(a->port, b->port);
}

static int
compare_who(const struct replay_who *a, const struct replay_who *b)
{
	int c = str_compare(a->ns, b->ns);

	return c ? c : str_compare(a->workload, b->workload);
}

/* Rows that are alike in this are in the order of all else that they say. */
static int
compare_all(const void *pa, const void *pb)
{
	const struct summary_row *a = *(const struct summary_row *const *)pa;
	const struct summary_row *b = *(const struct summary_row *const *)pb;
	int c = compare_row(pa, pb);

	if (c == 0)
		c = compare_who(a->from, b->from);
	if (c == 0)
		c = compare_who(a->to, b->to);
	if (c == 0)
		c = (int)a->verdict - (int)b->verdict;
	if (c == 0)
		c = a->no_backend - b->no_backend;
	if (c == 0)
		c = str_compare(a->why, b->why);
	for (int dir = 0; dir < 2 && c == 0; dir++)
		c = str_compare(a->side[dir]->all, b->side[dir]->all);
	return c;
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

		if (r->side[dir]->bad && then != REPLAY_THEN_NONE)
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
	for (uint32_t i = 0; i < s->rows.n; i++) {
		struct summary_row *r = s->rows.entry[i].value;

		r->class = class_of(r);
		*vec_push(&s->v, s->arena) = r;
		s->class[r->class] += summary_connections(r);
		s->disagree += r->lists[REPLAY_LISTS_DISAGREE];
		if (r->disagrees > 0 &&
		    (s->disagrees == 0 || r->disagrees < s->disagrees))
			s->disagrees = r->disagrees;
	}
	if (s->v.n > 1)
		qsort(s->v.v, s->v.n, sizeof(*s->v.v), compare_all);
}

void
summary_keep_new(struct summary *s)
{
	while (s->v.n > 0 && s->v.v[s->v.n - 1]->class != REPLAY_NEW_DROP)
		s->v.n--;
}
