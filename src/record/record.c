/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which format a line is of, told from the line itself.
 */
#include <string.h>

#include "base/ascii.h"
#include "base/num.h"
#include "record/parts.h"

void
record_reader_init(struct record_reader *r, struct arena *line,
    struct arena *kept)
{
	*r = (struct record_reader){.arena = line, .kept = kept};
	record_columns_init(&r->columns);
	map_init(&r->labels, kept);
	r->last = ARENA_ARRAY(kept, struct record_labels *, RECORD_LAST);
	r->heads = ARENA_ARRAY(kept, struct record_head, RECORD_HEADS);
}

void
record_columns_init(struct record_columns *c)
{
	*c = (struct record_columns){0, 1, 2, 3, 4, 5, -1};
}

static void
read_lost(struct record *r, struct scan *s)
{
	struct scan_list in = scan_object(s);
	struct str key;

	r->kind = RECORD_LOST;
	while (scan_member(s, &in, &key)) {
		if (str_is(key, "num_events_lost"))
			scan_u64(s, &r->lost);
		else
			scan_skip(s);
	}
}

/* Whether a flow says nothing of a connection. */
static bool
is_empty(const struct record *r)
{
	return r->proto == 0 && r->from.ip.family == 0 &&
	    r->to.ip.family == 0 && r->from.identity == 0 &&
	    r->to.identity == 0 && r->from.pod.n == 0 && r->to.pod.n == 0 &&
	    r->from.ns.n == 0 && r->to.ns.n == 0 && !r->from.labels &&
	    !r->to.labels && r->from.workloads.n == 0 && r->to.workloads.n == 0;
}

/* What the keys of a line make it. */
enum shape {
	SHAPE_OTHER,
	SHAPE_ENVELOPE, /* of Hubble's exporter */
	SHAPE_FLOW,     /* without it */
	SHAPE_ACNS,
	SHAPE_MONITOR,
	SHAPE_GADGET,
};

static enum shape
shape_of(struct str key)
{
	static const struct {
		const char *key;
		enum shape shape;
	} keys[] = {
	    {"flow", SHAPE_ENVELOPE},
	    {"lost_events", SHAPE_ENVELOPE},
	    {"l4", SHAPE_FLOW},
	    {"event_type", SHAPE_FLOW},
	    {"traffic_direction", SHAPE_FLOW},
	    {"Layer4", SHAPE_ACNS},
	    {"SourceIdentity", SHAPE_ACNS},
	    {"observationPoint", SHAPE_MONITOR},
	    {"srcLabel", SHAPE_MONITOR},
	    {"dst", SHAPE_GADGET},
	    {"netns_id", SHAPE_GADGET},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (str_is(key, keys[i].key))
			return keys[i].shape;
	}
	return SHAPE_OTHER;
}

/* The first of its keys that tells; false: it is no JSON. */
static bool
find_shape(struct str line, struct arena *a, enum shape *ret)
{
	struct scan_list in;
	struct scan s;
	struct str key;

	*ret = SHAPE_OTHER;
	scan_init(&s, line, a);
	for (in = scan_object(&s); scan_member(&s, &in, &key);) {
		*ret = shape_of(key);
		if (*ret != SHAPE_OTHER)
			return true;
		scan_skip(&s);
	}
	return scan_end(&s);
}

static void
read_envelope(struct record *r, struct scan *s, struct record_reader *reader)
{
	struct scan_list in = scan_object(s);
	struct str key;

	r->kind = RECORD_OTHER;
	while (scan_member(s, &in, &key)) {
		if (str_is(key, "flow")) {
			*r = (struct record){.kind = RECORD_FLOW};
			record_flow(r, s, reader);
		} else if (str_is(key, "lost_events")) {
			read_lost(r, s);
		} else {
			scan_skip(s);
		}
	}
}

static void
read_acns(struct record *r, struct scan *s)
{
	struct scan_list in = scan_object(s);
	struct str key;

	while (scan_member(s, &in, &key)) {
		if (!record_acns_member(r, s, key))
			scan_skip(s);
	}
}

static void
read_json(struct record *r, struct record_reader *reader, struct str line)
{
	enum shape shape;
	struct scan s;

	if (!find_shape(line, reader->arena, &shape)) {
		r->kind = RECORD_MALFORMED;
		return;
	}
	scan_init(&s, line, reader->arena);
	switch (shape) {
	case SHAPE_OTHER:
		r->kind = RECORD_OTHER;
		return;
	case SHAPE_MONITOR:
		record_monitor(r, line, reader);
		return;
	case SHAPE_GADGET:
		record_gadget(r, line, reader->arena);
		return;
	case SHAPE_ENVELOPE:
		read_envelope(r, &s, reader);
		break;
	case SHAPE_FLOW:
		record_flow(r, &s, reader);
		break;
	case SHAPE_ACNS:
		read_acns(r, &s);
		break;
	}
	if (!scan_end(&s))
		r->kind = RECORD_MALFORMED;
	else if (r->kind == RECORD_FLOW && is_empty(r))
		r->kind = RECORD_OTHER;
}

/* "CPU 02: Lost 31 events". */
static bool
is_loss(struct str line, uint64_t *ret)
{
	static const char word[] = ": Lost ";
	const char *at = memmem(line.s, line.n, word, sizeof(word) - 1);
	const char *from = at ? at + sizeof(word) - 1 : NULL, *to = from;

	while (to && to < line.s + line.n && ascii_is_digit((unsigned char)*to))
		to++;
	return to &&
	    num_u64((struct str){from, (size_t)(to - from)}, UINT64_MAX, ret);
}

static void
read_text(struct record *r, struct record_reader *reader, struct str line)
{
	if (*line.s == '#' || str_starts(line, STR("Policy verdict log")) ||
	    str_starts(line, STR("Listening for events")))
		r->kind = RECORD_OTHER;
	else if (is_loss(line, &r->lost))
		r->kind = RECORD_LOST;
	else if (*line.s == '[' || !record_tuple(r, reader, line))
		r->kind = RECORD_MALFORMED;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct str
trim(struct str s)
{
	while (s.n > 0 && is_space(*s.s))
		s = (struct str){s.s + 1, s.n - 1};
	while (s.n > 0 && is_space(s.s[s.n - 1]))
		s.n--;
	return s;
}

void
record_read(struct record *ret, struct record_reader *reader, struct str line)
{
	*ret = (struct record){.kind = RECORD_FLOW};
	if (str_starts(line, STR("\xef\xbb\xbf")))
		line = (struct str){line.s + 3, line.n - 3};
	line = trim(line);
	if (line.n == 0)
		ret->kind = RECORD_BLANK;
	else if (*line.s == '{')
		read_json(ret, reader, line);
	else
		read_text(ret, reader, line);
}
