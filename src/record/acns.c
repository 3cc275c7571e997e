/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of the table ContainerNetworkLogs: the flows of half a minute in one.
 * What is an object in a flow is here a string that holds it.
 */
#include "base/num.h"
#include "record/parts.h"

/* The columns whose values are JSON in a string. */
struct column {
	const char *name;
	void (*read)(struct record *r, struct scan *s);
};

static void
read_from_workloads(struct record *r, struct scan *s)
{
	record_workloads(r, &r->from, s);
}

static void
read_to_workloads(struct record *r, struct scan *s)
{
	record_workloads(r, &r->to, s);
}

/* A list that is in a string once more. */
static void
read_list(struct record *r, struct scan *s, enum direction dir, bool denied)
{
	struct str text;
	struct scan inner;

	if (!scan_str(s, &text) || text.n == 0)
		return;
	scan_init(&inner, text, s->arena);
	record_policies(r, &inner, dir, denied);
	if (!scan_end(&inner))
		r->kind = RECORD_MALFORMED;
}

static void
read_policies(struct record *r, struct scan *s)
{
	struct scan_list in = scan_object(s);
	struct str key;

	while (scan_member(s, &in, &key)) {
		if (str_is(key, "ingress_allowed_by"))
			read_list(r, s, DIR_INGRESS, false);
		else if (str_is(key, "egress_allowed_by"))
			read_list(r, s, DIR_EGRESS, false);
		else if (str_is(key, "ingress_denied_by"))
			read_list(r, s, DIR_INGRESS, true);
		else if (str_is(key, "egress_denied_by"))
			read_list(r, s, DIR_EGRESS, true);
		else
			scan_skip(s);
	}
}

static const struct column columns[] = {
    {"Layer4", record_l4},
    {"Layer7", record_l7},
    {"SourceWorkloads", read_from_workloads},
    {"DestinationWorkloads", read_to_workloads},
    {"Policies", read_policies},
    {0},
};

static bool
read_column(struct record *r, struct scan *s, struct str key)
{
	const struct column *c = columns;
	struct str text;
	struct scan inner;

	while (c->name && !str_is(key, c->name))
		c++;
	if (!c->name)
		return false;
	if (!scan_str(s, &text) || text.n == 0)
		return true;
	scan_init(&inner, text, s->arena);
	c->read(r, &inner);
	if (!scan_end(&inner))
		r->kind = RECORD_MALFORMED;
	return true;
}

static void
read_identity(struct scan *s, struct record_end *e)
{
	uint64_t number;

	if (scan_u64(s, &number) && number <= UINT32_MAX)
		e->identity = (uint32_t)number;
}

static bool
read_end(struct record *r, struct scan *s, struct str key)
{
	if (str_is(key, "SourceIdentity"))
		read_identity(s, &r->from);
	else if (str_is(key, "DestinationIdentity"))
		read_identity(s, &r->to);
	else if (str_is(key, "SourceNamespace"))
		scan_str(s, &r->from.ns);
	else if (str_is(key, "DestinationNamespace"))
		scan_str(s, &r->to.ns);
	else if (str_is(key, "SourcePodName"))
		scan_str(s, &r->from.pod);
	else if (str_is(key, "DestinationPodName"))
		scan_str(s, &r->to.pod);
	else
		return false;
	return true;
}

bool
record_acns_member(struct record *r, struct scan *s, struct str key)
{
	struct str text;
	bool yes;

	if (str_is(key, "Verdict")) {
		if (scan_word(s, &text))
			record_set_verdict(r, text);
	} else if (str_is(key, "DropReason")) {
		if (scan_word(s, &text))
			record_set_reason(r, text);
	} else if (str_is(key, "Reply")) {
		if (scan_bool(s, &yes))
			r->reply = yes ? RECORD_YES : RECORD_NO;
	} else if (str_is(key, "TimeGenerated")) {
		scan_word(s, &r->time);
	} else if (str_is(key, "IngressFlowCount") ||
	    str_is(key, "EgressFlowCount") ||
	    str_is(key, "UnknownDirectionFlowCount")) {
		record_counter(r, s);
	} else {
		return read_end(r, s, key) || read_column(r, s, key);
	}
	return true;
}
