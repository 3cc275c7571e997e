/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of each record, and the counts.
 */
#include "replay/replay.h"

#include "cilium/proto.h"
#include "replay/question.h"

enum {
	TEXT_MAX = 1 << 14, /* bytes of a line that is kept */
};

static const char *const statuses[] = {
    [REPLAY_JUDGED] = "judged",
    [REPLAY_BLANK] = "blank",
    [REPLAY_REPLY] = "reply",
    [REPLAY_ESTABLISHED] = "established",
    [REPLAY_NOT_A_FLOW] = "not-a-flow",
    [REPLAY_LOST] = "lost",
    [REPLAY_MALFORMED] = "malformed",
    [REPLAY_DUPLICATE] = "duplicate",
};

static const char *const classes[] = {
    [REPLAY_NEW_DROP] = "new-drop",
    [REPLAY_NEWLY_ALLOWED] = "newly-allowed",
    [REPLAY_SAME] = "same",
    [REPLAY_UNKNOWN] = "unknown",
};

static const char *const thens[] = {
    [REPLAY_THEN_NONE] = "none",
    [REPLAY_THEN_FORWARDED] = "forwarded",
    [REPLAY_THEN_DROPPED] = "dropped",
};

const char *
replay_status_name(enum replay_status status)
{
	return statuses[status];
}

const char *replay_class_name(enum replay_class class)
{
	return classes[class];
}

const char *
replay_then_name(enum replay_then then)
{
	return thens[then];
}

void
replay_init(struct replay *x, struct arena *a, const struct pmaps *m,
    const struct object_list *objects, struct str default_ns)
{
	*x = (struct replay){.arena = a, .pmaps = m, .objects = objects};
	replay_ends_init(&x->ends, a, m->world, objects, default_ns);
	replay_names_init(&x->names, a, m->world);
	shared_map_init(&x->answers);
	shared_map_init(&x->sides);
	shared_map_init(&x->whos);
	seen_init(&x->seen, a);
}

void
replay_free(struct replay *x)
{
	replay_ends_free(&x->ends);
	shared_map_free(&x->answers);
	shared_map_free(&x->sides);
	shared_map_free(&x->whos);
}

void
replay_worker_init(struct replay_worker *w, struct replay *x, struct arena *a)
{
	*w = (struct replay_worker){.all = x, .arena = a};
	record_reader_init(&w->reader, &w->text, a);
	replay_ends_share(&w->ends, &x->ends, a, &w->line);
}

void
replay_worker_free(struct replay_worker *w)
{
	arena_free(&w->text);
	arena_free(&w->line);
	arena_free(&w->scratch);
	arena_free(&w->ends.scratch);
}

enum replay_class
replay_class_of(enum flow_verdict now, enum replay_then then)
{
	bool bad = now == FLOW_DROPPED || now == FLOW_REFUSED;

	if (now == FLOW_UNKNOWN || then == REPLAY_THEN_NONE)
		return REPLAY_UNKNOWN;
	if (bad == (then == REPLAY_THEN_DROPPED))
		return REPLAY_SAME;
	return bad ? REPLAY_NEW_DROP : REPLAY_NEWLY_ALLOWED;
}

static struct str
text_of(struct replay_worker *x, const struct record_end *e)
{
	char ip[CIDR_STRLEN];

	if (e->text.n > 0)
		return e->text;
	if (e->pod.n > 0)
		return str_of(arena_printf(&x->line, STR_FMT "/" STR_FMT,
		    STR_ARG(e->ns), STR_ARG(e->pod)));
	VEC_FOREACH (w, &e->workloads)
		return str_of(arena_printf(&x->line, STR_FMT "/" STR_FMT,
		    STR_ARG(e->ns), STR_ARG(w->name)));
	if (e->ip.family != 0)
		return str_of(
		    arena_printf(&x->line, "%s", ip_print(&e->ip, ip)));
	if (e->identity != 0)
		return str_of(
		    arena_printf(&x->line, "identity %u", e->identity));
	return e->ns.n > 0 ? e->ns : STR("nobody");
}

/* What cannot be asked, by why and by what the record calls the ends. */
static struct replay_answer *
unknown_answer(struct replay_worker *x, const struct record *r, const char *why)
{
	struct str from = text_of(x, &r->from), to = text_of(x, &r->to);
	struct str key = str_of(arena_printf(&x->line,
	    "unknown\n%s\n" STR_FMT "\n" STR_FMT "\n" STR_FMT "\n" STR_FMT
	    "\n%u\n%u",
	    why, STR_ARG(from), STR_ARG(r->from.ns), STR_ARG(to),
	    STR_ARG(r->to.ns), r->proto, r->port));
	struct replay_answer *answer = shared_map_get(&x->all->answers, key);

	if (answer)
		return answer;
	answer = question_unknown(x, r->proto, r->port,
	    arena_dup(x->arena, why, strlen(why)));
	answer->from = question_who(x, replay_who_text(from, r->from.ns));
	answer->to = question_who(x, replay_who_text(to, r->to.ns));
	return shared_map_put(&x->all->answers, key, answer);
}

static struct replay_answer *
answer_of(struct replay_worker *x, const struct record *r, struct query *q)
{
	bool open = r->message == RECORD_REQUEST && (r->is_http || r->is_dns) &&
	    !request_is_asked(&q->request);
	struct replay_answer *answer;
	struct buf key;

	buf_init(&key, &x->line);
	buf_put(&key, &open, sizeof(open));
	question_key(&key, q);
	answer = shared_map_get(&x->all->answers, buf_as_str(&key));
	if (answer)
		return answer;
	return shared_map_put(&x->all->answers, buf_as_str(&key),
	    question_answer(x, q, open));
}

static uint8_t
end_of(const struct record *r)
{
	return r->at_end ? (uint8_t)r->end : 2;
}

/* Whether the record tells its connection from others. */
static bool
has_tuple(const struct record *r)
{
	return r->has_source_port && r->has_port && proto_has_ports(r->proto) &&
	    r->from.ip.family != 0 && r->to.ip.family != 0 && !r->aggregated &&
	    r->message == RECORD_MESSAGE_NONE;
}

/* The connection of R at its end. */
static uint64_t
connection_of(const struct record *r)
{
	struct {
		struct ip from, to;
		uint16_t ports[2];
		uint8_t proto, end;
	} key = {0};

	key.from = r->from.ip;
	key.to = r->to.ip;
	key.ports[0] = r->source_port;
	key.ports[1] = r->port;
	key.proto = r->proto;
	key.end = end_of(r);
	return seen_hash(&key, sizeof(key));
}

/* Whether a connection was seen at this end before; *RET_FIRST: it was not,
 * with whatever verdict. */
static bool
is_duplicate(struct replay *x, const struct replay_result *r, bool *ret_first)
{
	uint64_t *flags, mine = UINT64_C(1) << r->then;

	*ret_first = true;
	if (x->by_line || !r->one)
		return false;
	flags = seen_put(&x->seen, r->connection);
	*ret_first = !(*flags & SEEN_FLAGS);
	if ((*flags & mine) ||
	    (r->then == REPLAY_THEN_NONE && (*flags & SEEN_FLAGS)))
		return true;
	*flags |= mine;
	return false;
}

static bool
is_policy(const struct object *o, const struct record_policy *p)
{
	return str_eq(o->name, p->name) && str_eq(o->ns, p->ns) &&
	    (p->kind.n == 0 || str_is(p->kind, o->kind_name));
}

static enum replay_lists
compare_lists(const struct record *r, const struct replay_answer *a)
{
	enum replay_lists lists = REPLAY_LISTS_NONE;

	for (int dir = DIR_INGRESS; dir <= DIR_EGRESS; dir++) {
		for (int denied = 0; denied < 2; denied++) {
			VEC_FOREACH (p, &r->policies[dir][denied]) {
				bool found = false;

				VEC_FOREACH (o, &a->side[dir]->policies)
					found = found || is_policy(*o, p);
				if (!found)
					return REPLAY_LISTS_DISAGREE;
				lists = REPLAY_LISTS_AGREE;
			}
		}
	}
	return lists;
}

/* Writes over the time that was there: there is one for each line. */
static void
set_time(struct replay_time *to, struct arena *a, struct str time)
{
	char *p = (char *)(uintptr_t)to->text.s;

	if (time.n > to->room) {
		p = arena_alloc(a, time.n);
		to->room = time.n;
	}
	memcpy(p, time.s, time.n);
	to->text = (struct str){p, time.n};
}

static void
keep_time(struct replay *x, struct replay_answer *a, struct str time)
{
	if (time.n == 0)
		return;
	if (a->first.text.n == 0 || str_compare(time, a->first.text) < 0)
		set_time(&a->first, x->arena, time);
	if (a->last.text.n == 0 || str_compare(time, a->last.text) > 0)
		set_time(&a->last, x->arena, time);
}

/* Keeps who an end was; of very many the first ones. */
static void
keep_ip(struct replay *x, struct replay_more *a, const struct ip *ip, bool to)
{
	if (ip->family == 0 || a->ips[to].n > REPLAY_IPS_MAX)
		return;
	VEC_FOREACH (known, &a->ips[to]) {
		if (memcmp(known, ip, sizeof(*ip)) == 0)
			return;
	}
	*vec_push(&a->ips[to], x->arena) = *ip;
}

static void
keep_text(struct replay *x, struct replay_answer *a, struct str line)
{
	if (x->texts && line.n <= TEXT_MAX)
		a->more->text =
		    (struct str){arena_dup(x->arena, line.s, line.n), line.n};
}

static void
count(struct replay *x, const struct replay_result *r)
{
	struct replay_answer *a = r->answer;
	struct replay_counts *end = &a->count[r->end];

	end->then[r->then] += r->weight;
	if (r->first)
		end->connections += r->weight;
	if (a->example == 0) {
		a->example = r->line;
		keep_text(x, a, r->text);
	}
	end->bytes += r->bytes;
	a->lists[r->lists]++;
	if (a->disagrees == 0 && r->lists == REPLAY_LISTS_DISAGREE)
		a->disagrees = r->line;
	x->class[r->class] += r->weight;
	keep_time(x, a, r->time);
	if (a->more)
		a->more->new_drop |= r->class == REPLAY_NEW_DROP;
	if (x->pairs) {
		keep_ip(x, a->more, &r->ip[0], false);
		keep_ip(x, a->more, &r->ip[1], true);
	}
}

/* Whether both ends are one pod. */
static bool
is_itself(const struct record *r)
{
	const struct record_end *a = &r->from, *b = &r->to;

	if (a->pod.n > 0 && b->pod.n > 0)
		return str_eq(a->pod, b->pod) && str_eq(a->ns, b->ns);
	return a->ip.family != 0 && memcmp(&a->ip, &b->ip, sizeof(a->ip)) == 0;
}

/* The ends of R and what is asked; NULL, or why nothing can be. */
static const char *
ask(struct replay_worker *x, const struct record *r, struct query *q,
    enum opening *opening)
{
	const char *why = question_of(q, x, r), *from, *to;

	from = replay_end(&x->ends, r, &r->from, false, &q->from);
	to = replay_end(&x->ends, r, &r->to, true, &q->to);
	if (*opening == OPENING_UNKNOWN)
		*opening = opening_by_ports(&x->ends, r, &q->from, &q->to);
	if (from || to)
		return from ? from : to;
	if (is_itself(r)) {
		replay_end_is_itself(&x->ends, &q->from);
		replay_end_is_itself(&x->ends, &q->to);
	}
	if (*opening == OPENING_UNKNOWN)
		return "nobody can tell who opened it";
	return why;
}

static enum replay_status
status_of(enum record_kind kind)
{
	switch (kind) {
	case RECORD_FLOW:
		break;
	case RECORD_BLANK:
		return REPLAY_BLANK;
	case RECORD_OTHER:
		return REPLAY_NOT_A_FLOW;
	case RECORD_LOST:
		return REPLAY_LOST;
	case RECORD_MALFORMED:
		return REPLAY_MALFORMED;
	}
	return REPLAY_JUDGED;
}

static enum replay_status
status_of_opening(enum opening opening)
{
	switch (opening) {
	case OPENING_NO_FLOW:
		return REPLAY_NOT_A_FLOW;
	case OPENING_REPLY:
		return REPLAY_REPLY;
	case OPENING_ESTABLISHED:
		return REPLAY_ESTABLISHED;
	case OPENING_YES:
	case OPENING_UNKNOWN:
		break;
	}
	return REPLAY_JUDGED;
}

/* The address of an end, which a tuple may have in its text: then ASKED, unless
 * it is NULL, has it. */
static struct ip
ip_of(const struct record_end *e, const struct query_end *asked)
{
	return asked && e->ip.family == 0 && asked->who == QUERY_ADDRESS
	    ? asked->ip
	    : e->ip;
}

static void
judge_record(struct replay_result *ret, struct replay_worker *x,
    const struct record *r)
{
	enum opening opening = opening_of(r);
	const char *why;
	struct query q;

	ret->status = status_of_opening(opening);
	if (ret->status != REPLAY_JUDGED)
		return;
	why = ask(x, r, &q, &opening);
	ret->status = status_of_opening(opening);
	if (ret->status != REPLAY_JUDGED)
		return;
	ret->then = replay_then(r);
	ret->end = end_of(r);
	ret->one = has_tuple(r);
	ret->connection = ret->one ? connection_of(r) : 0;
	ret->time = r->time;
	ret->ip[0] = ip_of(&r->from, why ? NULL : &q.from);
	ret->ip[1] = ip_of(&r->to, why ? NULL : &q.to);
	ret->answer = why ? unknown_answer(x, r, why) : answer_of(x, r, &q);
	ret->class = replay_class_of(ret->answer->verdict, ret->then);
	ret->lists = compare_lists(r, ret->answer);
}

void
replay_line(struct replay_result *ret, struct replay_worker *x, struct str line)
{
	struct record record, *r = &record;

	arena_reset(&x->text);
	arena_reset(&x->line);
	record_read(r, &x->reader, line);
	*ret = (struct replay_result){.status = status_of(r->kind),
	    .aggregated = r->aggregated,
	    .counted = r->counted,
	    .records = r->counted ? r->count : r->records,
	    .text = line,
	    .bytes = r->bytes,
	    .lost = r->lost};
	if (ret->status == REPLAY_JUDGED)
		judge_record(ret, x, r);
}

void
replay_count(struct replay *x, struct replay_result *ret)
{
	if (ret->status == REPLAY_JUDGED) {
		ret->weight =
		    ret->aggregated || ret->counted ? ret->records : 1;
		if (is_duplicate(x, ret, &ret->first))
			ret->status = REPLAY_DUPLICATE;
		else
			count(x, ret);
	}
	x->lines++;
	x->status[ret->status]++;
	x->lost += ret->status == REPLAY_LOST ? ret->lost : 0;
}
