/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Summaries from the JSON documents that they were written as.
 */
#include "cilium/reason.h"
#include "record/scan.h"
#include "replay/summary.h"

struct reading {
	struct summary *summary;
	struct scan scan;
	struct str format;
	uint64_t version;
	bool partial;
	bool wrong; /* JSON, and something else than such a document */
};

static void
read_count(struct reading *r, uint64_t *sum)
{
	uint64_t n = 0;

	if (!scan_u64(&r->scan, &n) || n > UINT64_MAX - *sum)
		r->wrong = true;
	else
		*sum += n;
}

/* What the lines are; each status by its name. */
static void
read_lines(struct reading *r)
{
	struct summary *s = r->summary;
	struct str key;

	for (struct scan_list in = scan_object(&r->scan);
	     scan_member(&r->scan, &in, &key);) {
		uint64_t *to = str_is(key, "all") ? &s->lines : NULL;

		for (int i = 0; i < REPLAY_STATUSES && !to; i++) {
			if (str_is(key,
				replay_status_name((enum replay_status)i)))
				to = &s->status[i];
		}
		if (to)
			read_count(r, to);
		else
			scan_skip(&r->scan);
	}
}

static void
read_u32(struct reading *r, uint32_t *ret)
{
	uint64_t n = 0;

	if (!scan_u64(&r->scan, &n) || n > UINT32_MAX)
		r->wrong = true;
	*ret = (uint32_t)n;
}

/* A member that is a text. */
struct text {
	const char *key;
	struct str *text;
};

/* Reads the member KEY if it is one of TEXTS; false: it is not. */
static bool
read_text(struct reading *r, struct str key, const struct text *texts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (str_is(key, texts[i].key)) {
			r->wrong |= !scan_str(&r->scan, texts[i].text);
			return true;
		}
	}
	return false;
}

/* The member KEY of whatever has a rule; false: it is another one. */
static bool
read_rule(struct reading *r, struct str key, struct summary_rule *rule)
{
	const struct text texts[] = {{"kind", &rule->kind},
	    {"namespace", &rule->ns}, {"name", &rule->name},
	    {"file", &rule->file}};

	if (str_is(key, "line"))
		read_u32(r, &rule->line);
	else if (str_is(key, "column"))
		read_u32(r, &rule->column);
	else
		return read_text(r, key, texts,
		    sizeof(texts) / sizeof(texts[0]));
	return true;
}

static void
read_near(struct reading *r, struct summary_side *side)
{
	const struct text texts[] = {{"condition", &side->near_condition},
	    {"text", &side->near_text}};
	struct str key;

	for (struct scan_list in = scan_object(&r->scan);
	     scan_member(&r->scan, &in, &key);) {
		if (!read_rule(r, key, &side->near) &&
		    !read_text(r, key, texts, sizeof(texts) / sizeof(texts[0])))
			scan_skip(&r->scan);
	}
}

static void
read_side(struct reading *r, struct summary_side *side)
{
	struct str key;

	side->bad = true;
	for (struct scan_list in = scan_object(&r->scan);
	     scan_member(&r->scan, &in, &key);) {
		const struct text cause = {"cause", &side->cause};

		if (str_is(key, "code"))
			read_u32(r, &side->code);
		else if (str_is(key, "near_miss"))
			read_near(r, side);
		else if (!read_rule(r, key, &side->rule) &&
		    !read_text(r, key, &cause, 1))
			scan_skip(&r->scan);
	}
}

static void
read_lists(struct reading *r, uint64_t *lists)
{
	struct str key;

	for (struct scan_list in = scan_object(&r->scan);
	     scan_member(&r->scan, &in, &key);) {
		if (str_is(key, "agree"))
			read_count(r, &lists[REPLAY_LISTS_AGREE]);
		else if (str_is(key, "disagree"))
			read_count(r, &lists[REPLAY_LISTS_DISAGREE]);
		else
			scan_skip(&r->scan);
	}
}

static void
read_counts(struct reading *r, struct replay_counts *c)
{
	struct str key;

	for (struct scan_list in = scan_object(&r->scan);
	     scan_member(&r->scan, &in, &key);) {
		uint64_t *to = str_is(key, "connections") ? &c->connections
		    : str_is(key, "bytes")                ? &c->bytes
							  : NULL;

		for (int t = 0; t <= REPLAY_THEN_DROPPED && !to; t++) {
			if (str_is(key, replay_then_name((enum replay_then)t)))
				to = &c->then[t];
		}
		if (to)
			read_count(r, to);
		else
			scan_skip(&r->scan);
	}
}

static void
read_recorded(struct reading *r, struct summary_row *row)
{
	struct str key;

	for (struct scan_list in = scan_object(&r->scan);
	     scan_member(&r->scan, &in, &key);) {
		int end = str_is(key, direction_name(DIR_INGRESS)) ? DIR_INGRESS
		    : str_is(key, direction_name(DIR_EGRESS))      ? DIR_EGRESS
		    : str_is(key, SUMMARY_UNSAID)                  ? 2
								   : -1;

		if (end < 0)
			scan_skip(&r->scan);
		else
			read_counts(r, &row->count[end]);
	}
}

static void
read_verdict(struct reading *r, struct summary_row *row)
{
	static const enum flow_verdict all[] = {FLOW_ALLOWED, FLOW_UNKNOWN,
	    FLOW_REFUSED, FLOW_DROPPED};
	struct str text = {0};

	r->wrong |= !scan_str(&r->scan, &text);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (str_is(text, summary_verdict_name(all[i]))) {
			row->verdict = all[i];
			return;
		}
	}
	r->wrong = true;
}

/* The member KEY of a row, if it is a text. */
static bool
read_row_text(struct reading *r, struct str key, struct summary_row *row,
    struct replay_who who[2])
{
	const struct text texts[] = {{"from", &who[0].name},
	    {"from_namespace", &who[0].ns}, {"from_workload", &who[0].workload},
	    {"to", &who[1].name}, {"to_namespace", &who[1].ns},
	    {"to_workload", &who[1].workload}, {"port", &row->port},
	    {"why", &row->why}, {"first", &row->first}, {"last", &row->last}};

	return read_text(r, key, texts, sizeof(texts) / sizeof(texts[0]));
}

/* The code of a row is that of a Service without backends. */
static bool
read_no_backend(struct reading *r)
{
	uint32_t code;

	read_u32(r, &code);
	return code == REASON_NO_BACKEND;
}

static void
read_row(struct reading *r)
{
	struct replay_who who[2] = {0};
	struct summary_side side[2] = {0};
	struct summary_row row = {.from = &who[0],
	    .to = &who[1],
	    .why = STR(""),
	    .side = {&side[0], &side[1]}};
	struct str key;

	for (struct scan_list in = scan_object(&r->scan);
	     scan_member(&r->scan, &in, &key);) {
		if (read_row_text(r, key, &row, who))
			continue;
		if (str_is(key, "verdict"))
			read_verdict(r, &row);
		else if (str_is(key, direction_name(DIR_INGRESS)))
			read_side(r, &side[DIR_INGRESS]);
		else if (str_is(key, direction_name(DIR_EGRESS)))
			read_side(r, &side[DIR_EGRESS]);
		else if (str_is(key, "recorded"))
			read_recorded(r, &row);
		else if (str_is(key, "lists"))
			read_lists(r, row.lists);
		else if (str_is(key, "code"))
			row.no_backend = read_no_backend(r);
		else
			scan_skip(&r->scan);
	}
	if (row.port.n == 0)
		r->wrong = true;
	for (int i = 0; i < 2; i++) {
		if (!who[i].workload.s)
			who[i].workload = who[i].name;
	}
	summary_put(r->summary, &row);
}

static void
read_member(struct reading *r, struct str key)
{
	if (str_is(key, "format")) {
		r->wrong |= !scan_str(&r->scan, &r->format);
	} else if (str_is(key, "version")) {
		r->wrong |= !scan_u64(&r->scan, &r->version);
	} else if (str_is(key, "partial")) {
		r->wrong |= !scan_bool(&r->scan, &r->partial);
	} else if (str_is(key, "lost_events")) {
		read_count(r, &r->summary->lost);
	} else if (str_is(key, "lines")) {
		read_lines(r);
	} else if (str_is(key, "connections")) {
		for (struct scan_list in = scan_array(&r->scan);
		     scan_item(&r->scan, &in);)
			read_row(r);
	} else {
		scan_skip(&r->scan);
	}
}

const char *
summary_read(struct summary *s, struct str text)
{
	struct reading r = {.summary = s};
	struct str key;

	s->by_line = true;
	scan_init(&r.scan, text, s->arena);
	for (struct scan_list in = scan_object(&r.scan);
	     scan_member(&r.scan, &in, &key);)
		read_member(&r, key);
	if (!scan_end(&r.scan))
		return "it is no JSON";
	if (!str_is(r.format, "cnpc-drops"))
		return "it is no output of cnpc drops";
	if (r.version != SUMMARY_VERSION)
		return "it is of another version of cnpc";
	if (!r.partial)
		return "it was made without --partial, so it cannot be "
		       "added to others";
	return r.wrong ? "it is damaged" : NULL;
}
